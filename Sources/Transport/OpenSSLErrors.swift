import COpenSSL

/// The calling thread's queue of OpenSSL errors.
enum OpenSSLErrors {
    static func clear() { ERR_clear_error() }

    /// The reasons in the queue, oldest first, and empties it.
    static func takeText() -> String {
        var reasons: [String] = []
        while true {
            let code = ERR_get_error()
            if code == 0 { break }
            if let reason = ERR_reason_error_string(code) { reasons.append(String(cString: reason)) }
        }
        return reasons.isEmpty ? "no reason given" : reasons.joined(separator: ", ")
    }
}
