import Glibc

/// Turns octets of one charset into UTF-8. Owns an iconv descriptor, which `deinit` closes.
struct CharsetConverter: ~Copyable {
    /// What iconv_open and iconv return when they fail.
    private static var failedDescriptor: iconv_t? { iconv_t(bitPattern: -1) }
    private static let failedCount = Int(bitPattern: UInt.max)

    private let descriptor: iconv_t

    /// `nil` when the C library does not know the charset. `name` is one of `Charset`'s, never text off the wire.
    init?(from name: String) {
        guard let descriptor = iconv_open("UTF-8", name), descriptor != Self.failedDescriptor else { return nil }
        self.descriptor = descriptor
    }

    deinit { iconv_close(descriptor) }

    /// Appends the text of `bytes`; an octet that means nothing becomes U+FFFD, and so does a character cut off at the
    /// end. The output is valid UTF-8.
    mutating func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        var input = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
        var inputLeft = bytes.count
        var isFlushing = false
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1024) { buffer in
            while true {
                var output = buffer.baseAddress
                var outputLeft = buffer.count
                let result =
                    isFlushing
                    ? iconv(descriptor, nil, nil, &output, &outputLeft)
                    : iconv(descriptor, &input, &inputLeft, &output, &outputLeft)
                let code = errno
                text.append(contentsOf: UnsafeRawBufferPointer(buffer).prefix(buffer.count - outputLeft))
                if result != Self.failedCount {
                    // Some charsets hold a character back until they are asked for what is left.
                    if isFlushing { return }
                    isFlushing = true
                } else if code == E2BIG, outputLeft < buffer.count {
                    continue
                } else {
                    text.append(contentsOf: Self.replacement)
                    guard code == EILSEQ, inputLeft > 1, !isFlushing else { return }
                    input = input?.advanced(by: 1)
                    inputLeft -= 1
                }
            }
        }
    }

    /// U+FFFD in UTF-8.
    private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]
}
