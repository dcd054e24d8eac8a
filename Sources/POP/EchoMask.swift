/// Takes a secret out of what a server sends back, without keeping the secret: it is known again by its length and a
/// hash that is keyed anew in each process.
package struct EchoMask: Sendable, Equatable {
    private let byteCount: Int
    private let hash: Int

    /// `nil` for an empty secret.
    package init?(_ secret: UnsafeRawBufferPointer) {
        guard !secret.isEmpty else { return nil }
        byteCount = secret.count
        hash = Self.hash(secret)
    }

    /// The bytes with `***` in place of every occurrence of the secret.
    package func masked(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        guard bytes.count >= byteCount else { return bytes }
        return bytes.withUnsafeBytes { bytes in
            var result: [UInt8] = []
            var start = 0
            while start < bytes.count {
                if start + byteCount <= bytes.count,
                    Self.hash(UnsafeRawBufferPointer(rebasing: bytes[start..<start + byteCount])) == hash
                {
                    result += "***".utf8
                    start += byteCount
                } else {
                    result.append(bytes[start])
                    start += 1
                }
            }
            return result
        }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: bytes)
        return hasher.finalize()
    }
}
