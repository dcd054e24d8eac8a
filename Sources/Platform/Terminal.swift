import Glibc
import Synchronization

/// The terminal behind standard error, where progress is shown.
package enum Terminal {
    package static var isStandardErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    package static var isStandardInputTerminal: Bool { isatty(STDIN_FILENO) == 1 }

    /// Columns and rows of the terminal; 80 by 24 when it does not say.
    package static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (80, 24) }
        return (Int(size.ws_col), max(2, Int(size.ws_row)))
    }

    /// Writes to standard error in one call, so that lines of several threads do not mix.
    package static func writeToStandardError(_ text: String) { write(text, to: STDERR_FILENO) }

    private static let firstOutputError = Atomic<CInt>(0)

    /// Why standard output is not whole, for people; `nil` when it is, or when its reader went away (EPIPE), who has
    /// what it wanted.
    package static var standardOutputFailure: String? {
        let number = firstOutputError.load(ordering: .relaxed)
        return number == 0 || number == EPIPE ? nil : "standard output: \(String(cString: strerror(number)))"
    }

    /// Writes bytes to standard output, whole.
    /// - Returns: `false` when nobody reads it any more, or it cannot be written.
    @discardableResult
    package static func writeToStandardOutput(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if write(bytes, to: STDOUT_FILENO) { return true }
        _ = firstOutputError.compareExchange(expected: 0, desired: errno, ordering: .relaxed)
        return false
    }

    private static func write(_ text: String, to descriptor: CInt) {
        var text = text
        text.withUTF8 { _ = write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = retryingInterrupts {
                Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            }
            if count <= 0 { return false }
            written += count
        }
        return true
    }
}
