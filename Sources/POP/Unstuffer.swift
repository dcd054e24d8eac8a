import Glibc

/// Takes the byte-stuffing from the body of a multi-line reply (RFC 1939, section 3) as it streams by.
///
/// A dot at the start of a line is dropped; CRLF `.` CRLF ends the body. Only CRLF ends a line: a lone CR or LF is
/// data. Nothing is copied: the message comes out as runs of the very bytes that went in.
package struct Unstuffer: Sendable {
    private enum State {
        /// Inside a line, or at the start of one: `last` tells.
        case text
        /// Behind a dot at the start of a line.
        case dot
        /// Behind a dot and a CR at the start of a line.
        case dotCR
    }

    private var state = State.text
    /// The two bytes before the next one. A body starts as if a line had just ended.
    private var last: (UInt8, UInt8) = (13, 10)

    package init() {}

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
                } else {
                    state = .text
                    last = (0, 46)
                    start = position
                    if input[position] == 46 { position += 1 }  // the stuffed dot: data, not at a line start
                }
            case .dotCR:
                if input[position] == 10 { return (position + 1, true) }
                // A CR without LF: both dot and CR belonged to the message, less the stuffing.
                withUnsafeBytes(of: 13 as UInt8) { emit($0) }
                state = .text
                last = (46, 13)
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
        switch index {
        case 0: last == (13, 10)
        case 1: last.1 == 13 && input[0] == 10
        default: input[index - 2] == 13 && input[index - 1] == 10
        }
    }

    private mutating func remember(_ input: UnsafeRawBufferPointer) {
        if input.count >= 2 {
            last = (input[input.count - 2], input[input.count - 1])
        } else if input.count == 1 {
            last = (last.1, input[0])
        }
    }
}
