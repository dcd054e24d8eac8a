import COpenSSL

/// OpenSSL's text in memory, to read PEM from or write it to.
struct MemoryBIO: ~Copyable {
    let handle: OpaquePointer

    init(_ text: String = "") throws(SimulationError) {
        guard let handle = BIO_new(BIO_s_mem()) else { throw .openSSL("BIO_new") }
        let bytes = Array(text.utf8)
        guard bytes.isEmpty || BIO_write(handle, bytes, Int32(bytes.count)) == Int32(bytes.count) else {
            BIO_free(handle)
            throw .openSSL("BIO_write")
        }
        self.handle = handle
    }

    deinit { BIO_free(handle) }

    /// Takes all that was written to it.
    func text() -> String {
        var whole: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = BIO_read(handle, &piece, Int32(piece.count))
            guard count > 0 else { return String(decoding: whole, as: UTF8.self) }
            whole.append(contentsOf: piece[..<Int(count)])
        }
    }
}
