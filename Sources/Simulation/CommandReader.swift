import Glibc

/// Cuts what a client sends into command lines.
struct CommandReader {
    static let lineByteLimit = 65_536

    private var buffer = [UInt8](repeating: 0, count: 16_384)
    private var start = 0
    private var end = 0
    private let takesSegmentsForCommands: Bool

    /// - Parameter takesSegmentsForCommands: the end of what one read brought ends a line too.
    init(takesSegmentsForCommands: Bool = false) { self.takesSegmentsForCommands = takesSegmentsForCommands }

    /// Whether a whole command has already come: pipelining.
    var hasLine: Bool { newline != nil }

    private var newline: Int? { buffer[start..<end].firstIndex(of: 0x0a) }

    /// The next line without its CRLF or LF.
    mutating func next(from connection: Connection) throws(SessionEnd) -> [UInt8] {
        while true {
            if takesSegmentsForCommands, newline == nil, start < end {
                defer { start = end }
                return Array(buffer[start..<end])
            }
            if let newline {
                var line = Array(buffer[start..<newline])
                if line.last == 0x0d { line.removeLast() }
                start = newline + 1
                return line
            }
            if start > 0 {
                buffer.removeSubrange(0..<start)
                buffer.append(contentsOf: repeatElement(0, count: start))
                end -= start
                start = 0
            }
            if end == buffer.count {
                guard end < Self.lineByteLimit else { throw .closed(.fin) }
                buffer.append(contentsOf: repeatElement(0, count: end))
            }
            let filled = end
            end += try buffer.withUnsafeMutableBufferPointer { (bytes) throws(SessionEnd) in
                try connection.read(
                    into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[filled...])))
            }
        }
    }

    /// Forgets all that has come and was not yet taken.
    mutating func discard() {
        start = 0
        end = 0
    }
}
