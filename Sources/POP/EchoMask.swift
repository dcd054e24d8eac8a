/// Takes secrets out of what a server sends back, without keeping them: each is known again by its length and a hash that
/// is keyed anew in each process.
package struct EchoMask: Sendable, Equatable {
    private struct Secret: Sendable, Equatable {
        let byteCount: Int
        let hash: Int
    }

    private var secrets: [Secret]

    /// `nil` for an empty secret.
    package init?(_ secret: UnsafeRawBufferPointer) {
        guard !secret.isEmpty else { return nil }
        secrets = [Secret(byteCount: secret.count, hash: Self.hash(secret))]
    }

    /// The same for another secret too.
    package mutating func add(_ other: EchoMask) {
        secrets += other.secrets.filter { !secrets.contains($0) }
        // The longest is looked for first: another one may be a part of it.
        secrets.sort { $0.byteCount > $1.byteCount }
    }

    /// The bytes with `***` in place of every occurrence of a secret.
    package func masked(_ bytes: some Collection<UInt8>) -> [UInt8] {
        let bytes = Array(bytes)
        return bytes.withUnsafeBytes { bytes in
            var result: [UInt8] = []
            var start = 0
            while start < bytes.count {
                let secret = secrets.first {
                    start + $0.byteCount <= bytes.count
                        && Self.hash(UnsafeRawBufferPointer(rebasing: bytes[start..<start + $0.byteCount])) == $0.hash
                }
                if let secret {
                    result += "***".utf8
                    start += secret.byteCount
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
