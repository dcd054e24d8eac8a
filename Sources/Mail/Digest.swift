import COpenSSL

/// A SHA-256 digest (FIPS 180-4): four big-endian words of eight octets, so that it hashes and compares without the heap.
package struct Digest: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Octets of a digest.
    package static let byteCount = 32

    let word0, word1, word2, word3: UInt64

    /// `nil` unless `bytes` are exactly 32 octets.
    package init?(bytes: UnsafeRawBufferPointer) {
        guard bytes.count == Self.byteCount else { return nil }
        word0 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        word1 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        word2 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        word3 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    /// `nil` unless `hex` is exactly 64 hexadecimal digits of either case.
    package init?(hex: some StringProtocol) {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        var count = 0
        for byte in hex.utf8 {
            guard count < 64, let digit = ASCII.hexValue(byte) else { return nil }
            words.0 = words.0 << 4 | words.1 >> 60
            words.1 = words.1 << 4 | words.2 >> 60
            words.2 = words.2 << 4 | words.3 >> 60
            words.3 = words.3 << 4 | UInt64(digit)
            count += 1
        }
        guard count == 64 else { return nil }
        (word0, word1, word2, word3) = words
    }

    /// 64 lower-case hexadecimal digits, as `sha256sum` prints them.
    package var hex: String {
        String(unsafeUninitializedCapacity: 64) { text in
            withBytes { bytes in
                for index in 0..<Self.byteCount {
                    text[2 * index] = Self.hexDigit(bytes[index] >> 4)
                    text[2 * index + 1] = Self.hexDigit(bytes[index] & 15)
                }
            }
            return 64
        }
    }

    package var description: String { hex }

    /// Lends the 32 octets in their usual order; the buffer is valid only inside `body`.
    package func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try withUnsafeBytes(of: (word0.bigEndian, word1.bigEndian, word2.bigEndian, word3.bigEndian), body)
    }

    /// The digest of `bytes`, in one call.
    package static func of(_ bytes: UnsafeRawBufferPointer) -> Digest {
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { out in
            let done = EVP_Digest(
                bytes.baseAddress, bytes.count, out.baseAddress?.assumingMemoryBound(to: UInt8.self), nil,
                SHA256Method.shared, nil)
            precondition(done == 1, "OpenSSL cannot compute SHA-256")
            return Digest(bytes: UnsafeRawBufferPointer(out))!
        }
    }

    /// The order of the octets, which is the order of `hex`.
    package static func < (left: Digest, right: Digest) -> Bool {
        (left.word0, left.word1, left.word2, left.word3) < (right.word0, right.word1, right.word2, right.word3)
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }
}

/// OpenSSL's SHA-256, fetched once: asking by name for each digest costs more than a short digest itself.
enum SHA256Method {
    /// Unsafe only to the compiler: a fetched EVP_MD is never changed and OpenSSL shares it between threads. Lives as
    /// long as the process.
    nonisolated(unsafe) static let shared: OpaquePointer = {
        guard let method = EVP_MD_fetch(nil, "SHA256", nil) else { preconditionFailure("OpenSSL offers no SHA-256") }
        return method
    }()
}
