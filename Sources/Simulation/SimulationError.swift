import COpenSSL
import Glibc

/// Why a simulated server or certificate could not be made. The server's scripted faults are never errors.
package struct SimulationError: Error, CustomStringConvertible {
    package enum Code: Sendable, Equatable {
        case system
        case openSSL
    }

    package let code: Code
    package let message: String

    package var description: String { message }

    /// The failure of a system call, with the text of `errno`.
    static func system(_ call: String, errno number: Int32 = errno) -> SimulationError {
        SimulationError(code: .system, message: "\(call): \(String(cString: strerror(number)))")
    }

    /// The failure of an OpenSSL call; takes this thread's error stack.
    static func openSSL(_ call: String) -> SimulationError {
        var text = "no reason given"
        let number = ERR_get_error()
        if number != 0 {
            text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
                ERR_error_string_n(number, buffer.baseAddress, buffer.count)
                return String(cString: buffer.baseAddress!)
            }
        }
        ERR_clear_error()
        return SimulationError(code: .openSSL, message: "\(call): \(text)")
    }
}
