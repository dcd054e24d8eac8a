import Glibc

/// mboxrd quoting as a stream: a line of any number of `>` and then `From ` gets one `>` more, or loses one.
///
/// A line begins after LF, whatever stands before that. All else stays as it is, CRLF included.
package struct Mboxrd: Sendable {
    package enum Direction: Sendable { case quote, unquote }

    private enum State {
        /// At the start of a line, or behind its `>`s.
        case lineStart
        /// Behind so many bytes of `From `, which are held back.
        case matching(Int)
        /// Further in a line.
        case text
    }

    private static let from = Array("From ".utf8)
    private static let mark = Array(">".utf8)

    private let direction: Direction
    private var state = State.lineStart
    /// When unquoting: whether one `>` of this line is held back.
    private var holdsMark = false

    package init(_ direction: Direction) { self.direction = direction }

    /// Takes the next bytes and gives what they become; the pointers are valid during the call.
    package mutating func consume(
        _ input: UnsafeRawBufferPointer, emit: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        var start = 0  // of what is taken but not given
        var position = 0
        while position < input.count {
            switch state {
            case .text:
                guard let found = memchr(input.baseAddress! + position, 10, input.count - position) else {
                    position = input.count
                    break
                }
                position = UnsafeRawPointer(found) - input.baseAddress! + 1
                state = .lineStart
            case .lineStart:
                let byte = input[position]
                if byte == Self.mark[0] {
                    if direction == .unquote, !holdsMark {
                        try give(input, start..<position, emit)
                        holdsMark = true
                        start = position + 1
                    }
                    position += 1
                } else if byte == Self.from[0] {
                    try give(input, start..<position, emit)
                    position += 1
                    start = position
                    state = .matching(1)
                } else {
                    try releaseMark(emit)
                    state = .text
                }
            case .matching(let count):
                if input[position] == Self.from[count] {
                    position += 1
                    start = position
                    state = .matching(count + 1)
                    if count + 1 == Self.from.count { try give(match: emit) }
                } else {
                    try releaseHeld(count, emit)
                    state = .text
                }
            }
        }
        try give(input, start..<input.count, emit)
    }

    /// Gives what is held back at the end of the message.
    package mutating func finish(emit: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        if case .matching(let count) = state { try releaseHeld(count, emit) }
        try releaseMark(emit)
        state = .lineStart
    }

    /// `From ` is whole: with one mark more, or without the one that is held.
    private mutating func give(match emit: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        if direction == .quote { try Self.mark.withUnsafeBytes(emit) }
        holdsMark = false
        try Self.from.withUnsafeBytes(emit)
        state = .text
    }

    private mutating func releaseHeld(_ count: Int, _ emit: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try releaseMark(emit)
        try Self.from.withUnsafeBytes { try emit(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// A held `>` turns out to be ordinary. It stands before or among other `>` only, so the order does not matter.
    private mutating func releaseMark(_ emit: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        guard holdsMark else { return }
        try Self.mark.withUnsafeBytes(emit)
        holdsMark = false
    }

    private func give(
        _ input: UnsafeRawBufferPointer, _ range: Range<Int>, _ emit: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        if !range.isEmpty { try emit(UnsafeRawBufferPointer(rebasing: input[range])) }
    }
}
