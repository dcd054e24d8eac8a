import Archive
import Glibc
import Platform

/// A message as another program delivered it: where it lies in a file.
struct DeliveredMail: Sendable {
    let path: String
    let start: UInt64
    /// `nil` is the end of the file.
    let end: UInt64?
    /// Lines that begin with `From ` are quoted, as in mboxrd.
    let isQuoted: Bool
}

/// The mail in a Maildir or an mbox of another program, which is only read.
enum DeliveredFolder {
    static func mail(in path: String) throws -> [DeliveredMail] {
        guard FileSystem.isDirectory(path) else { return try MboxBoundaries.mail(of: path) }
        return try ["cur", "new"].flatMap { folder in
            try FileSystem.names(in: "\(path)/\(folder)").filter { !$0.hasPrefix(".") }.map {
                DeliveredMail(path: "\(path)/\(folder)/\($0)", start: 0, end: nil, isQuoted: false)
            }
        }
    }
}

/// Finds the messages of an mbox: each begins with a line `From `, at the start of the file or behind an empty line.
private struct MboxBoundaries {
    private static let from = Array("From ".utf8)
    private static let chunkByteCount = 1 << 20

    private let path: String
    private var found: [DeliveredMail] = []
    /// Where the open message's content begins; `nil` before the first.
    private var start: UInt64?
    /// Bytes of this line so far; beyond those of `From ` they are not counted.
    private var lineOctets = 0
    private var isMatching = true
    private var isInFromLine = false
    /// Where the empty line before this one begins; `nil` where there is none. The file begins as if behind one.
    private var blankStart: UInt64? = 0
    private var lineStart: UInt64 = 0
    private var isOnlyReturn = false

    static func mail(of path: String) throws -> [DeliveredMail] {
        var boundaries = MboxBoundaries(path: path)
        let file = try File(path, .read)
        let length = try file.length()
        var offset: UInt64 = 0
        while offset < length {
            let bytes = try file.bytes(at: offset, count: Int(min(length - offset, UInt64(chunkByteCount))))
            if bytes.isEmpty { break }
            bytes.withUnsafeBytes { boundaries.scan($0, at: offset) }
            offset += UInt64(bytes.count)
        }
        boundaries.close(at: offset)
        return boundaries.found
    }

    private init(path: String) { self.path = path }

    private mutating func scan(_ chunk: UnsafeRawBufferPointer, at base: UInt64) {
        var position = 0
        while position < chunk.count {
            if lineOctets < Self.from.count {
                let byte = chunk[position]
                position += 1
                if byte == 10 {
                    endLine(before: base + UInt64(position))
                    continue
                }
                isOnlyReturn = lineOctets == 0 && byte == 13
                isMatching = isMatching && byte == Self.from[lineOctets]
                lineOctets += 1
                if lineOctets == Self.from.count, isMatching, blankStart != nil { beginMessage() }
            } else if let newline = memchr(chunk.baseAddress! + position, 10, chunk.count - position) {
                position = UnsafeRawPointer(newline) - chunk.baseAddress! + 1
                endLine(before: base + UInt64(position))
            } else {
                return
            }
        }
    }

    private mutating func beginMessage() {
        close(at: lineStart)
        isInFromLine = true
    }

    private mutating func endLine(before next: UInt64) {
        if isInFromLine {
            start = next
            isInFromLine = false
            blankStart = nil
        } else {
            blankStart = lineOctets == 0 || isOnlyReturn ? lineStart : nil
        }
        (lineOctets, isMatching, isOnlyReturn, lineStart) = (0, true, false, next)
    }

    /// The empty line before the next `From ` line is none of the message.
    private mutating func close(at end: UInt64) {
        guard let start else { return }
        let last = lineStart == end ? blankStart ?? end : end
        found.append(DeliveredMail(path: path, start: start, end: max(start, last), isQuoted: true))
        self.start = nil
    }
}
