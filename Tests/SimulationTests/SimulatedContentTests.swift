import Simulation
import Testing

@Suite(.timeLimit(.minutes(2))) struct SimulatedContentTests {
    @Test(
        "generated text has exactly its size and ends in CRLF",
        arguments: [0, 1, 2, 3, 100, 299, 64_800, 64_990, 64_999, 65_000, 65_001, 200_000])
    func generatedSize(byteCount: Int64) {
        for seed in UInt64(1)...40 {
            let content = SimulatedContent.generated(seed: seed, byteCount: byteCount)
            let form = content.transmittedForm()
            #expect(form.count == Int(content.transmittedByteCount), "seed \(seed)")
            #expect(byteCount == 1 || form.count == Int(byteCount), "seed \(seed)")
            #expect(form.isEmpty || form.suffix(2) == [0x0d, 0x0a], "seed \(seed)")
        }
    }

    @Test("every cut of generated text near a block's end keeps the size")
    func blockEnds() {
        for byteCount in Int64(64_950)...65_150 {
            let form = SimulatedContent.generated(seed: 7, byteCount: byteCount).transmittedForm()
            #expect(form.count == Int(byteCount))
            #expect(form.suffix(2) == [0x0d, 0x0a])
        }
    }

    @Test("the same seed gives the same text, another seed another")
    func seeds() {
        let content = SimulatedContent.generated(seed: 3, byteCount: 100_000)
        #expect(content.transmittedForm() == content.transmittedForm())
        #expect(content.transmittedSHA256() == content.transmittedSHA256())
        let other = SimulatedContent.generated(seed: 4, byteCount: 100_000)
        #expect(content.transmittedSHA256() != other.transmittedSHA256())
    }

    @Test("transmission adds CRLF where it is missing, and only there")
    func transmittedForm() {
        func form(_ text: String) -> String {
            String(decoding: SimulatedContent.bytes(Array(text.utf8)).transmittedForm(), as: UTF8.self)
        }
        #expect(form("") == "")
        #expect(form("a") == "a\r\n")
        #expect(form("a\n") == "a\n\r\n")
        #expect(form("a\r") == "a\r\r\n")
        #expect(form("a\r\n") == "a\r\n")
    }

    @Test("the digest is SHA-256")
    func digest() {
        let digest = SimulatedContent.bytes([]).transmittedSHA256()
        #expect(digest.prefix(4) == [0xe3, 0xb0, 0xc4, 0x42])
        #expect(digest.count == 32)
    }

    @Test("dots, lone CR and LF, NUL and long lines come through the wire unchanged", arguments: UInt64(1)...30)
    func oddBytes(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let alphabet: [UInt8] = [0x2e, 0x0d, 0x0a, 0x2e, 0x0d, 0x0a, 0x61, 0x00, 0xff]
        let size = [0, 1, 2, 10, 65_535, 65_536, 65_537, 140_000].randomElement(using: &random)!
        let content = SimulatedContent.bytes((0..<size).map { _ in alphabet.randomElement(using: &random)! })
        let server = try SimulatedServer(maildrops: [
            "ann": SimulatedMaildrop(
                password: "secret word", messages: [SimulatedMessage(uniqueID: "odd", content: content)])
        ])
        let client = Sample.loggedIn(server)
        #expect(client.ask("RETR 1") == "+OK \(content.transmittedByteCount) octets")
        client.send("NOOP\r\nQUIT\r\n")
        let wire = client.rest()
        #expect(wire == Self.stuffed(content.transmittedForm()) + Array(".\r\n+OK\r\n+OK Logging out.\r\n".utf8))
    }

    /// Byte-stuffing by the book, a byte at a time.
    static func stuffed(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for index in bytes.indices {
            let isLineStart = index == 0 || (index > 1 && bytes[index - 2] == 0x0d && bytes[index - 1] == 0x0a)
            if isLineStart, bytes[index] == 0x2e { result.append(0x2e) }
            result.append(bytes[index])
        }
        return result
    }

    @Test("a large generated message arrives whole")
    func largeMessage() throws {
        let content = SimulatedContent.generated(seed: 11, byteCount: 3_000_000)
        let server = try SimulatedServer(maildrops: [
            "ann": SimulatedMaildrop(
                password: "secret word", messages: [SimulatedMessage(uniqueID: "big", content: content)])
        ])
        let client = Sample.loggedIn(server)
        _ = client.ask("RETR 1")
        client.send("QUIT\r\n")
        let expected = Self.stuffed(content.transmittedForm()) + Array(".\r\n+OK Logging out.\r\n".utf8)
        #expect(client.rest() == expected)
    }

    @Test("TOP cuts after its lines, also where lines end in bare LF")
    func top() throws {
        let texts = ["A: b\n\nc\nd\n", "A: b\r\nno body", "A: b\r\n\r\n1\r\n2\r\n3\r\n"]
        let server = try SimulatedServer(maildrops: [
            "ann": SimulatedMaildrop(
                password: "secret word", messages: texts.map { SimulatedMessage(uniqueID: "x", text: $0) })
        ])
        let client = Sample.loggedIn(server)
        for (command, expected) in [
            ("TOP 1 1", "A: b\n\nc\n\r\n"), ("TOP 2 0", "A: b\r\nno body\r\n"), ("TOP 3 2", "A: b\r\n\r\n1\r\n2\r\n"),
            ("TOP 3 9", texts[2]),
        ] {
            #expect(client.ask(command) == "+OK")
            #expect(String(decoding: client.body(), as: UTF8.self) == expected)
        }
    }
}
