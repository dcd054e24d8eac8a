package import Foundation
import GRDB
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

/// Tables have an index of the first bytes of their digests only: it is less than half as large, and more of it stays in
/// memory.
extension Digest {
    /// Bytes of a digest that are in an index. Beside 10^8 others one lookup in three million meets another's.
    static let keyByteCount = 6

    /// What is in the index.
    static let keyColumn = "substr(digest, 1, \(keyByteCount))"

    /// The condition that a row has the digest whose `given` are the arguments.
    static let isGiven = "\(keyColumn) = ? AND digest = ?"

    var given: StatementArguments { [key, data] }

    /// The bytes that are in the index.
    var key: Data { withBytes { Data($0.prefix(Self.keyByteCount)) } }

    /// The same as a number.
    var filterKey: UInt64 { withBytes { Self.number($0.prefix(Self.keyByteCount)) } }

    /// The number of bytes that an index gave.
    static func filterKey(ofKey value: DatabaseValue) -> UInt64 { number(Data.fromDatabaseValue(value) ?? Data()) }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
