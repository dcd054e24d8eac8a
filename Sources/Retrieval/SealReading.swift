import Archive
import Mail
import Platform

/// The SHA-256 of a sealed file, taken on a thread of its own while the file is read for what is in it.
final class SealReading: Sendable {
    private let result = Monitor<Result<Digest, any Error>?>(nil)

    /// Begins.
    init(_ path: String) {
        _ = Thread(name: "seal") { [result] in
            let digest = Result { try VolumeChecksums.digest(of: path) }
            result.update { $0 = digest }
        }
    }

    /// Waits for it.
    func digest() throws -> Digest { try result.wait { $0 }.get() }
}
