import Glibc

/// Takes the byte-stuffing from the body of a multi-line reply (RFC 1939, section 3) as it streams by.
///
/// A dot at the start of a line is dropped; CRLF `.` CRLF ends the body. Only CRLF ends a line: a lone CR or LF is
/// data. Nothing is copied: the message comes out as runs of the very bytes that went in.
package struct Unstuffer: Sendable {
    /// What ends a line.
    package enum LineEnd: Sendable {
        case crlf
        /// An LF, with a CR before it or without, as some servers send that never heard of CRLF.
        case lf
    }

    private enum State {
        /// Inside a line, or at the start of one: `last` tells.
        case text
        /// Behind a dot at the start of a line.
        case dot
        /// Behind a dot and a CR at the start of a line.
        case dotCR
    }

    private let lineEnd: LineEnd
    private var state = State.text
    /// The three bytes before the next one, the latest one lowest. A body starts as if a line had just ended.
    private var last: UInt32 = 0x0D0A

    package init(_ lineEnd: LineEnd = .crlf) { self.lineEnd = lineEnd }

    /// The last that was read is a line of a dot, but for the CRs.
    package var mayHaveEnded: Bool { last == 0x0A2E0A }

    /// Reads on.
    /// - Parameters:
    ///   - input: the next bytes of the stream; bytes behind the terminator are left alone.
    ///   - emit: gets each run of message bytes; the pointer is valid during the call.
    /// - Returns: how many bytes were taken, and whether the terminator was among them.
    package mutating func consume(
        _ input: UnsafeRawBufferPointer, emit: (UnsafeRawBufferPointer) -> Void
    ) -> (byteCount: Int, isFinished: Bool) {
        var start = 0  // of the run not yet emitted
        var position = 0
        func run(_ end: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: input[start..<end]) }

        while position < input.count {
            switch state {
            case .text:
                guard let found = memchr(input.baseAddress! + position, 46, input.count - position) else {
                    position = input.count
                    break
                }
                let dot = UnsafeRawPointer(found) - input.baseAddress!
                position = dot + 1
                if isLineStart(dot, in: input) {
                    if dot > start { emit(run(dot)) }
                    start = position
                    state = .dot
                }
            case .dot:
                // The dot was stuffing unless CRLF follows; it is dropped either way.
                if input[position] == 13 {
                    state = .dotCR
                    position += 1
                } else if lineEnd == .lf, input[position] == 10 {
                    return (position + 1, true)
                } else {
                    state = .text
                    start = position
                    if input[position] == 46 { position += 1 }  // the stuffed dot: data, not at a line start
                }
            case .dotCR:
                if input[position] == 10 { return (position + 1, true) }
                // A CR without LF: both dot and CR belonged to the message, less the stuffing.
                withUnsafeBytes(of: 13 as UInt8) { emit($0) }
                state = .text
                start = position
            }
        }
        if state == .text {
            if input.count > start { emit(run(input.count)) }
        }
        remember(input)
        return (input.count, false)
    }

    private func isLineStart(_ index: Int, in input: UnsafeRawBufferPointer) -> Bool {
        let before = index > 0 ? input[index - 1] : UInt8(truncatingIfNeeded: last)
        guard before == 10, lineEnd == .crlf else { return before == 10 }
        switch index {
        case 0: return last & 0xFF00 == 0x0D00
        case 1: return UInt8(truncatingIfNeeded: last) == 13
        default: return input[index - 2] == 13
        }
    }

    private mutating func remember(_ input: UnsafeRawBufferPointer) {
        for byte in input.suffix(3) { last = (last << 8 | UInt32(byte)) & 0xFF_FFFF }
    }
}
