package import Foundation
package import Mail

extension Digest {
    /// The 32 bytes, as a column holds them.
    package var data: Data { withBytes { Data($0) } }

    /// `nil` unless there are 32 bytes.
    package init?(data: Data) {
        guard let digest = data.withUnsafeBytes({ Digest(bytes: $0) }) else { return nil }
        self = digest
    }
}
