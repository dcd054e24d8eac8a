import Foundation
import Mail
import Testing

@Suite struct DigestTests {
    /// FIPS 180-4's examples.
    static let vectors: [(text: String, hex: String)] = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test("knows the published vectors, whole and in pieces", arguments: vectors)
    func knownVectors(text: String, hex: String) {
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBytes(Digest.of).hex == hex)
        var stream = DigestStream()
        for _ in 0..<2 {
            for start in stride(from: 0, to: bytes.count, by: 997) {
                bytes[start..<min(bytes.count, start + 997)].withUnsafeBytes { stream.update($0) }
            }
            let digest = stream.finish()
            #expect(digest.hex == hex, "a finished stream starts afresh")
        }
    }

    @Test("reads its own hexadecimal and octets back", arguments: vectors)
    func roundTrip(text: String, hex: String) throws {
        let digest = try #require(Digest(hex: hex))
        #expect(digest == Digest(hex: hex.uppercased()))
        #expect(digest.description == hex)
        #expect(digest.withBytes { Digest(bytes: $0) } == digest)
        #expect(digest.withBytes { Array($0).first } == UInt8(hex.prefix(2), radix: 16))
    }

    @Test(
        "refuses what is not exactly a digest",
        arguments: [
            "", "ab", String(repeating: "a", count: 63), String(repeating: "a", count: 65),
            String(repeating: "g", count: 64), String(repeating: "é", count: 32),
            "0x" + String(repeating: "a", count: 62),
        ])
    func refused(hex: String) {
        #expect(Digest(hex: hex) == nil)
        #expect(Array(repeating: UInt8(0), count: 31).withUnsafeBytes { Digest(bytes: $0) } == nil)
        #expect(Array(repeating: UInt8(0), count: 33).withUnsafeBytes { Digest(bytes: $0) } == nil)
    }

    @Test("sorts as its hexadecimal does")
    func order() {
        let digests = (0..<200).map { number in withUnsafeBytes(of: number, Digest.of) }
        #expect(digests.sorted().map(\.hex) == digests.map(\.hex).sorted())
    }
}
