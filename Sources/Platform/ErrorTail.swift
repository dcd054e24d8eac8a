import Glibc

/// Reads the standard error of a command on a thread of its own, so that the command never waits for a reader, and keeps
/// the last of it.
final class ErrorTail: Sendable {
    /// The most bytes that are kept.
    private static let byteLimit = 2048

    private let tail: Lock<[UInt8]>
    private let isOver: EventFlag
    private let thread: Thread

    /// - Parameter descriptor: the reading end of a pipe; owned from here on.
    init(_ descriptor: CInt, _ isOver: EventFlag) {
        self.isOver = isOver
        let tail = Lock<[UInt8]>([])
        self.tail = tail
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        thread = Thread(name: "tunnel", stackByteCount: 256 << 10) {
            Self.read(descriptor, into: tail, until: isOver)
            close(descriptor)
        }
    }

    /// Ends the reading, and tells what was kept.
    func take() -> [UInt8] {
        isOver.raise()
        thread.join()
        return tail.withLock { $0 }
    }

    private static func read(_ descriptor: CInt, into tail: Lock<[UInt8]>, until isOver: EventFlag) {
        var chunk = [UInt8](repeating: 0, count: 4096)
        // What is in the pipe at the end is read as well; a process that left the group may go on for ever.
        var readsLeft = 32
        while readsLeft > 0 {
            if EventFlag.wait(for: descriptor, or: isOver, until: Deadline(after: .seconds(86_400))) == .timedOut {
                continue
            }
            if isOver.isRaised { readsLeft -= 1 }
            let count = retryingInterrupts { Glibc.read(descriptor, &chunk, chunk.count) }
            guard count > 0 else { return }
            tail.withLock { kept in
                kept += chunk[..<count]
                if kept.count > byteLimit {
                    kept.removeFirst(kept.count - byteLimit)
                }
            }
        }
    }
}
