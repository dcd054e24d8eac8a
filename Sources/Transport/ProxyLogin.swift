import Glibc

/// Who logs in to a proxy. The password is lent for the time of a negotiation.
struct ProxyLogin {
    let user: String
    let password: UnsafeRawBufferPointer

    /// Overwrites the bytes of an array that has held a password and belongs to the caller alone.
    static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { explicit_bzero(start, $0.count) } }
    }
}
