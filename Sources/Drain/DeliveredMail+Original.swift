import Archive
import Glibc
import Platform

extension DeliveredMail {
    private static let chunkByteCount: UInt64 = 256 << 10
    private static let lineEnd = Array("\r\n".utf8)

    /// Gives the message as the server transmitted it, as far as that can be made of what was delivered.
    /// - Returns: `false`, and gives nothing, where the message bears no sign of the program.
    func original(_ trace: DeliveryTrace, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        let file = try File(path, .read)
        let end = try end ?? file.length()
        let head = try file.bytes(at: start, count: Int(min(end - start, UInt64(DeliveryTrace.headerByteLimit))))
        guard let additions = trace.additions(in: head) else { return false }
        let firstLine = head.prefix { $0 != 10 }
        let isTransmitted = firstLine.last == 13
        var quoting = Mboxrd(.unquote)
        func give(_ bytes: UnsafeRawBufferPointer) throws {
            if isTransmitted { try body(bytes) } else { try Self.withCRLF(bytes, body) }
        }
        func take(_ bytes: UnsafeRawBufferPointer) throws {
            if isQuoted { try quoting.consume(bytes, emit: give) } else { try give(bytes) }
        }
        var at = 0
        for addition in additions {
            try head[at..<addition.lowerBound].withUnsafeBytes(take)
            at = addition.upperBound
        }
        try head[at...].withUnsafeBytes(take)
        var offset = start + UInt64(head.count)
        while offset < end {
            let bytes = try file.bytes(at: offset, count: Int(min(end - offset, Self.chunkByteCount)))
            // The file is shorter than it was: what was read is not the message.
            guard !bytes.isEmpty else { throw FileError(call: .read, path: path, errorNumber: EIO) }
            try bytes.withUnsafeBytes(take)
            offset += UInt64(bytes.count)
        }
        if isQuoted { try quoting.finish(emit: give) }
        return true
    }

    /// With CR before every LF.
    private static func withCRLF(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var start = 0
        while start < bytes.count {
            guard let newline = memchr(bytes.baseAddress! + start, 10, bytes.count - start) else {
                return try body(UnsafeRawBufferPointer(rebasing: bytes[start...]))
            }
            let end = UnsafeRawPointer(newline) - bytes.baseAddress!
            if end > start { try body(UnsafeRawBufferPointer(rebasing: bytes[start..<end])) }
            try lineEnd.withUnsafeBytes(body)
            start = end + 1
        }
    }
}
