import CLinux
import Glibc
import Synchronization

/// Asks the person at the terminal of this process for a line that is not shown while it is typed.
package enum TerminalPrompt {
    package enum Failure: Error, Sendable, Equatable {
        /// No terminal belongs to the process, or it runs in the background of one.
        case noTerminal
        /// The flag was raised first.
        case stopped
        /// The end of the input came first, or the terminal went away.
        case ended
    }

    /// Signals that end or stop the process where nobody handles them.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]
    private static let lineByteLimit = 4096

    /// The line without its end. Whatever ends the wait, signals included, the terminal echoes again afterwards.
    ///
    /// Called by one thread at a time.
    /// - Parameters:
    ///   - question: written to the terminal first.
    ///   - stop: ends the wait once it is raised.
    package static func secretLine(_ question: String, stop: EventFlag?) throws(Failure) -> [UInt8] {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { throw .noTerminal }
        defer { close(terminal) }
        var modes = termios()
        guard tcgetpgrp(terminal) == getpgrp(), tcgetattr(terminal, &modes) == 0 else { throw .noTerminal }
        let shown = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        shown.initialize(to: modes)
        shownModes.store(UInt(bitPattern: shown), ordering: .releasing)
        promptTerminal.store(terminal, ordering: .releasing)
        if continuedEvent.load(ordering: .acquiring) < 0 {
            continuedEvent.store(mc_event_descriptor(), ordering: .releasing)
        }
        let handled = signals.filter { isDefault($0) }
        defer {
            restore()
            promptTerminal.store(-1, ordering: .releasing)
            for number in handled { signal(number, SIG_DFL) }
            // A handler that has begun may still look at it: the few bytes stay.
        }
        modes.c_lflag &= ~tcflag_t(ECHO | ECHOE | ECHOK)
        modes.c_lflag |= tcflag_t(ICANON | ECHONL)
        hide(terminal, modes, handled, TCSAFLUSH)
        write(question, to: terminal)
        return try line(from: terminal, stop) { hide(terminal, modes, handled, TCSANOW) }
    }

    /// Lets the terminal echo again, for a process that ends at once.
    static func restore() {
        let terminal = promptTerminal.load(ordering: .acquiring)
        guard terminal >= 0,
            let shown = UnsafeMutablePointer<termios>(bitPattern: shownModes.load(ordering: .acquiring))
        else { return }
        tcsetattr(terminal, TCSANOW, shown)
    }

    private static func isDefault(_ number: CInt) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 0
    }

    /// Switches the echo off, with every way prepared by which it comes on again.
    private static func hide(_ terminal: CInt, _ modes: termios, _ handled: [CInt], _ moment: CInt) {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            let before = errno
            TerminalPrompt.restore()
            signal(number, SIG_DFL)
            // Ends or stops the process here; one that was stopped goes on behind it.
            raise(number)
            _ = eventfd_write(continuedEvent.load(ordering: .acquiring), 1)
            errno = before
        }
        action.sa_flags = SA_NODEFER
        for number in handled { sigaction(number, &action, nil) }
        var modes = modes
        tcsetattr(terminal, moment, &modes)
    }

    /// - Parameter hideAgain: called when the process goes on after it was stopped.
    private static func line(
        from terminal: CInt, _ stop: EventFlag?, hideAgain: () -> Void
    ) throws(Failure) -> [UInt8] {
        var line: [UInt8] = []
        // No growing, which would leave copies behind.
        line.reserveCapacity(lineByteLimit + 1)
        var isWhole = false
        defer {
            if !isWhole {
                line.withUnsafeMutableBytes { if let start = $0.baseAddress { explicit_bzero(start, $0.count) } }
            }
        }
        while line.last != UInt8(ascii: "\n") {
            var waiting = [
                pollfd(fd: terminal, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stop?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: continuedEvent.load(ordering: .acquiring), events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waiting, 3, -1) > 0 else { continue }
            if waiting[2].revents != 0 {
                var count = eventfd_t()
                _ = eventfd_read(waiting[2].fd, &count)
                hideAgain()
                continue
            }
            if waiting[1].revents != 0 {
                write("\n", to: terminal)
                throw .stopped
            }
            var byte: UInt8 = 0
            let count = read(terminal, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, line.count < lineByteLimit else { throw .ended }
            line.append(byte)
        }
        line.removeLast()
        isWhole = true
        return line
    }

    private static func write(_ text: String, to terminal: CInt) {
        var text = text
        text.withUTF8 { bytes in
            _ = retryingInterrupts { Glibc.write(terminal, bytes.baseAddress, bytes.count) }
        }
    }
}

/// The terminal that does not echo, or -1, and the address of what it is to be like again: for handlers of signals.
private let promptTerminal = Atomic<CInt>(-1)
private let shownModes = Atomic<UInt>(0)
/// Readable when the process goes on after it was stopped. Never closed: a handler may write to it at any time.
private let continuedEvent = Atomic<CInt>(-1)
