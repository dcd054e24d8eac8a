import Foundation
import Mail
import Testing

@Suite struct HeaderFactsTests {
    static func facts(_ text: String) -> HeaderFacts {
        Array(text.utf8).withUnsafeBytes(HeaderFacts.init(headerBytes:))
    }

    static let header = """
        Received: from a.example by b.example (x; y) id 1; Mon, 12 Jan 2004 10:00:01 +0100 (CET; really)
        Received: from c.example; Mon, 12 Jan 2004 09:00:00 +0100
        Date: Mon, 12 Jan 2004 10:00:00 +0100
        FROM : "Ann Bell" <ann@x.example>
        To: =?iso-8859-1?Q?J=F6rg_M=FCller?= <joerg@x.example>,
        \t"Clark, Bo" <bo@x.example>, =?utf-8?Q?Dee=2C_Ed?= <dee@x.example>
        Cc: one@x.example
        Subject: =?UTF-8?B?w4Q=?=
         =?UTF-8?B?cmdlcg==?=  with\t two\u{7}
          lines
        cc: "odd name"@x.example (a comment), undisclosed-recipients:;
        Message-ID:
         <id.1@x.example> (no)
        Subject: not this one

        Subject: not this one either
        """

    @Test("reads a header with either line end", arguments: ["\n", "\r\n", "\r"])
    func reads(lineEnd: String) {
        let facts = Self.facts(Self.header.replacing("\n", with: lineEnd))
        #expect(facts.from == "Ann Bell <ann@x.example>")
        #expect(
            facts.to
                == "Jörg Müller <joerg@x.example>, \"Clark, Bo\" <bo@x.example>, \"Dee, Ed\" <dee@x.example>")
        #expect(facts.cc == "one@x.example, \"odd name\"@x.example (a comment), undisclosed-recipients:;")
        #expect(facts.subject == "Ärger with two lines")
        #expect(facts.messageID == "<id.1@x.example>")
        #expect(facts.date == 1_073_898_000)
        #expect(facts.received == 1_073_898_001)
    }

    @Test(
        "finds nothing in what is no header", arguments: ["", "\r\n", "\n\nSubject: a", "\r\nFrom: a\r\n", "From", ":"])
    func nothing(text: String) {
        let facts = Self.facts(text)
        #expect(facts == Self.facts(""))
        #expect(facts.subject == "" && facts.from == "" && facts.date == nil && facts.received == nil)
    }

    @Test(
        "ends a field where the header ends",
        arguments: [
            ("Subject: a", "a"), ("Subject: a\r\n", "a"), ("Subject: a\r\n b", "a b"), ("Subject:", ""),
            ("Subject: \r\n \r\n\t\r\n", ""), ("subject:a\n\nb", "a"), ("From ann Mon Jan 1\nSubject: a\n", "a"),
            ("Subjects: a\nSubject: b", "b"), ("X: Subject: a\nSubject: b\n", "b"), ("no colon\nSubject: b\n", "b"),
        ])
    func ends(text: String, subject: String) {
        #expect(Self.facts(text).subject == subject)
    }

    @Test(
        "removes what disturbs a terminal or an index",
        arguments: [
            ("a\0b\u{1B}[31mc\u{7F}d", "ab[31mcd"), ("=?utf-8?Q?a=00b=0D=0Ac=1Bd?=", "ab cd"),
            ("a\u{85}b\u{9B}c", "a bc"), ("=?iso-8859-15?Q?a=9Bb?=", "ab"), ("a\u{A0}\u{2028}b", "a b"),
            ("a\u{202E}b\u{2066}c\u{FEFF}d", "abcd"), ("日本  語", "日本 語"), ("日本\u{3000}語\u{2003}", "日本 語"),
        ])
    func removes(value: String, subject: String) {
        #expect(Self.facts("Subject: \(value)\r\n").subject == subject)
    }

    @Test("keeps each field within its limit", arguments: ["x", "é", "日", "\u{1F600}", "x ", "\u{301}"])
    func limits(unit: String) {
        let long = String(repeating: unit, count: 20_000)
        let facts = Self.facts(
            "From: \(long)\nTo: \(long)\nCc: a\nCc: \(long)\nSubject: \(long)\nMessage-ID: <\(long)>\n")
        for text in [facts.from, facts.subject] {
            #expect((1999...HeaderFacts.textCharacterLimit).contains(text.unicodeScalars.count))
        }
        for text in [facts.to, facts.cc] {
            #expect((7999...HeaderFacts.recipientsCharacterLimit).contains(text.unicodeScalars.count))
        }
        #expect(facts.messageID.unicodeScalars.count <= HeaderFacts.textCharacterLimit)
    }

    @Test("takes linear time for values made to be slow")
    func slowValues() {
        let clock = ContinuousClock()
        for unit in [
            "=?a?q?x", "=?", "=?utf-8?B?", "=", "\"", "\\", "(", "=?a?b?=?=", "?=", ";", "\"\\", "=?utf-7?Q?+?= ",
        ] {
            let long = String(repeating: unit, count: 250_000 / unit.utf8.count)
            for name in ["From", "To", "Subject", "Date", "Message-ID", "Received", "Content-Type"] {
                let text = "\(name): \(long)\r\n\r\n"
                let took = clock.measure { _ = Self.facts(text) }
                #expect(took < Slowdown.seconds(3), "\(name) of \(unit)")
            }
        }
    }

    @Test("survives a header cut off anywhere")
    func truncated() {
        let bytes = Array(Self.header.replacing("\n", with: "\r\n").utf8)
        for count in 0...bytes.count {
            let facts = bytes[..<count].withUnsafeBytes { HeaderFacts(headerBytes: $0) }
            #expect(facts.subject.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
    }
}
