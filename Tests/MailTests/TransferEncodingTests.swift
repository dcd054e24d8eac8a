import Testing

@testable import Mail

@Suite struct TransferEncodingTests {
    static func decoded(_ body: [UInt8], _ encoding: String, octetLimit: Int = .max) -> [UInt8] {
        body.withUnsafeBytes { TransferEncoding(Array(encoding.utf8)).decoded($0, octetLimit: octetLimit) }
    }

    @Test(
        "decodes what real mail writes",
        arguments: [
            ("base64", "YQ==", "a"), ("base64", "YQ=YQ", "aa"), ("base64", "Y-Q", "a"), ("base64", "Y", ""),
            ("\t(x) Base64 ", "YWI=\r\n", "ab"), ("quoted-printable", "a=", "a"),
            ("quoted-printable", "a= \t\r\nb", "ab"),
            ("quoted-printable", "a \t\r\n b\n", "a\r\n b\n"), ("quoted-printable", "=3d=3D3D=3", "==3D=3"),
            ("quoted-printable", "=4\n1", "=4\n1"), ("quoted-printable", "\n\r\n=\n\n", "\n\r\n\n"),
            ("7bit", "=41", "=41"),
            ("", "a", "a"), ("x-none", "YQ==", "YQ=="),
        ])
    func decodes(encoding: String, body: String, text: String) {
        #expect(String(decoding: Self.decoded(Array(body.utf8), encoding), as: UTF8.self) == text)
    }

    @Test("counts what it decodes and keeps to a limit", arguments: ["base64", "quoted-printable", "8bit"])
    func counts(encoding: String) {
        let alphabet = Array("AZaz09+/==  \t\r\n\n\u{1}é".utf8)
        for seed in 0..<UInt64(300) {
            var generator = SeededGenerator(seed: seed)
            let body = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                alphabet.randomElement(using: &generator)!
            }
            let all = Self.decoded(body, encoding)
            let count = body.withUnsafeBytes { TransferEncoding(Array(encoding.utf8)).decodedByteCount($0) }
            #expect(count == all.count, "seed \(seed)")
            let octetLimit = Int.random(in: 0...80, using: &generator)
            #expect(
                Self.decoded(body, encoding, octetLimit: octetLimit) == Array(all.prefix(octetLimit)), "seed \(seed)")
        }
    }
}
