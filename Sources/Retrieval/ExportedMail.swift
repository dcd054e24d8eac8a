import Archive
import Catalog
import Mail

/// The bytes of a message on its way out of an archive: in memory, or read as they are wanted where they are many.
struct ExportedMail {
    private static let memoryByteLimit: UInt64 = 2 << 20

    private let digest: Digest
    private let reader: ArchiveReader
    /// All of them, right by their SHA-256; `nil` where they are too many.
    let bytes: [UInt8]?

    /// - Throws: `ArchiveError.damaged`.
    init(_ message: CatalogMessage, _ reader: ArchiveReader) throws {
        let isSmall = message.size <= Self.memoryByteLimit
        self.init(
            message,
            bytes: isSmall ? try reader.contents(of: message.digest, expectedOctets: Int(message.size)) : nil, reader)
    }

    init(_ message: CatalogMessage, bytes: [UInt8]?, _ reader: ArchiveReader) {
        digest = message.digest
        self.bytes = bytes
        self.reader = reader
    }

    /// Gives them in chunks that are valid during the call; they are right when this returns.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        if let bytes { return try bytes.withUnsafeBytes(body) }
        try reader.read(digest, body)
    }

    /// Reads the message through once, so that a damaged one never begins in a file that holds others too.
    func check() throws { if bytes == nil { try reader.read(digest) { _ in } } }
}
