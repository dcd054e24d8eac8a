import Glibc
package import Mail
import Platform

/// A message of an mbox file, read through.
package struct ScannedMail: Sendable {
    /// Where its content lies, quoted, behind the From_ line.
    package let place: Place
    /// SHA-256 of the message.
    package let digest: Digest
}

/// Reads an mbox file of ours without any record: every line that begins with `From ` is a From_ line, since quoting
/// leaves no other.
package struct MboxScanner: ~Copyable {
    private static let from = Array("From ".utf8)

    /// The message whose end has not come.
    private struct Open {
        var memberOffset: UInt64
        var innerOffset: Int
        /// Of its content, and of the empty line behind it as far as that was read.
        var length: UInt64 = 0
        /// The last two bytes of that. Not an array: the sanitizer saw one lost for each line (Swift 6.3).
        var last: UInt8?
        var beforeLast: UInt8?
    }

    private let file: String
    /// Whether the last member is as long as members get: a message may go on behind it. Others end with a message.
    private var isMemberFull = false
    private var isAtLineStart = true
    private var isInFromLine = false
    /// The start of a line that may become a From_ line: less than `From `.
    private var carried: [UInt8] = []
    private var open: Open?
    private var quoting = Mboxrd(.unquote)
    private var digest = DigestStream()

    private init(_ file: String) { self.file = file }

    /// Gives the whole messages of a file, in their order; behind damage it goes on with the next From_ line.
    /// - Parameters:
    ///   - file: relative to the archive's root.
    ///   - length: how far to read; `nil` for all of it.
    /// - Returns: whether the file is undamaged and ends with a whole message.
    /// - Throws: `FileError`, whatever `body` throws.
    package static func walk(
        _ layout: ArchiveLayout, file: String, to length: UInt64? = nil, _ body: (ScannedMail) throws -> Void
    ) throws -> Bool {
        var scanner = MboxScanner(file)
        let input = try File(layout.path(file), .read)
        let inflater = MemberInflater()
        let end = min(try input.length(), length ?? .max)
        var offset: UInt64 = 0
        var isWhole = true
        while offset < end {
            let member: (raw: UnsafeRawBufferPointer, storedByteCount: Int)
            do {
                member = try inflater.inflate(input, at: offset)
            } catch let error as ArchiveError where error.code == .damaged {
                isWhole = false
                try scanner.passOver(body)
                guard let next = try MemberChain.nextMagic(in: input, from: offset + 1) else { break }
                offset = next
                continue
            }
            try scanner.consume(member.raw, at: offset, body)
            offset += UInt64(member.storedByteCount)
        }
        return try scanner.end(body) && isWhole
    }

    /// Damage begins: only the message in front of it that is whole counts. What follows counts from a From_ line on.
    private mutating func passOver(_ body: (ScannedMail) throws -> Void) throws {
        if !isMemberFull { _ = try end(body) }
        (open, isAtLineStart, isInFromLine, carried) = (nil, true, false, [])
    }

    private mutating func consume(
        _ raw: UnsafeRawBufferPointer, at memberOffset: UInt64, _ body: (ScannedMail) throws -> Void
    ) throws {
        isMemberFull = raw.count == MemberSize.rawByteLimit
        // Content that would begin behind the end of a full member begins here.
        if open?.innerOffset == .max { open = Open(memberOffset: memberOffset, innerOffset: 0) }
        var position = 0
        while position < raw.count {
            if isAtLineStart {
                let start = raw[position..<min(raw.count, position + Self.from.count - carried.count)]
                let line = carried + start
                if line.elementsEqual(Self.from.prefix(line.count)) {
                    position = start.endIndex
                    carried = line
                    guard line.count == Self.from.count else { return }
                    carried = []
                    try finish(body)
                    (isAtLineStart, isInFromLine) = (false, true)
                    continue
                }
                carried.withUnsafeBytes { take($0) }
                carried = []
                isAtLineStart = false
            }
            let lineFeed = memchr(raw.baseAddress! + position, 10, raw.count - position)
            let end = lineFeed.map { UnsafeRawPointer($0) - raw.baseAddress! + 1 } ?? raw.count
            if !isInFromLine { take(UnsafeRawBufferPointer(rebasing: raw[position..<end])) }
            position = end
            guard lineFeed != nil else { continue }
            isAtLineStart = true
            guard isInFromLine else { continue }
            isInFromLine = false
            open = Open(memberOffset: memberOffset, innerOffset: end < raw.count ? end : .max)
        }
    }

    /// Takes content of the open message; the line feed in front of the next From_ line is none.
    private mutating func take(_ bytes: UnsafeRawBufferPointer) {
        guard open != nil, !bytes.isEmpty else { return }
        if let last = open!.last { [last].withUnsafeBytes { add($0) } }
        add(UnsafeRawBufferPointer(rebasing: bytes.dropLast()))
        open!.beforeLast = bytes.count > 1 ? bytes[bytes.count - 2] : open!.last
        open!.last = bytes[bytes.count - 1]
        open!.length += UInt64(bytes.count)
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        quoting.consume(bytes) { digest.update($0) }
    }

    /// A From_ line begins: the message in front of it is whole.
    private mutating func finish(_ body: (ScannedMail) throws -> Void) throws {
        quoting.finish { digest.update($0) }
        let found = digest.finish()
        guard let message = open.take(), message.last == 10 else { return }
        let place = Place(
            file: file, memberOffset: message.memberOffset, innerOffset: UInt32(message.innerOffset),
            length: message.length - 1)
        try body(ScannedMail(place: place, digest: found))
    }

    /// The file ends: with an empty line where its last message is whole, since what a server transmits ends with a line
    /// end, if with anything.
    /// - Returns: whether it is.
    private mutating func end(_ body: (ScannedMail) throws -> Void) throws -> Bool {
        guard let message = open else { return !isInFromLine && carried.isEmpty }
        guard isAtLineStart, carried.isEmpty, message.last == 10, message.beforeLast == 10 || message.length == 1
        else { return false }
        try finish(body)
        return true
    }
}
