import Mail
import Retrieval

extension ArchiveReader {
    private struct Enough: Error {}

    /// The beginning of a message, as far as its header is looked at; less where the copy cannot be read, which is told
    /// when it is read back before its deletion.
    func beginning(of digest: Digest) -> [UInt8] {
        var beginning: [UInt8] = []
        try? read(digest) { bytes in
            guard beginning.count < HeaderRequests.headerByteLimit else { throw Enough() }
            beginning += bytes
        }
        return beginning
    }
}
