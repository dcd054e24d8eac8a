import Foundation
import Testing

@testable import Mail

@Suite struct ReadableMessageTests {
    static func read(_ bytes: [UInt8], textByteLimit: Int = 1 << 20) -> ReadableMessage {
        bytes.withUnsafeBytes { ReadableMessage(message: $0, textByteLimit: textByteLimit) }
    }

    @Test("reads what a person reads, whatever the line ends", arguments: ReadableFixture.all)
    func golden(fixture: ReadableFixture) {
        for lineEnd in ["\n", "\r\n"] {
            let read = Self.read(fixture.bytes(lineEnd: lineEnd))
            #expect(read.text == fixture.text)
            #expect(read.attachments.map { "\($0.contentType) \($0.name)" } == fixture.attachments)
            #expect(!read.isTextCut)
        }
    }

    @Test("lists the headers that are there in a fixed order, decoded")
    func headers() {
        let read = Self.read(
            Array(
                """
                Subject: =?utf-8?Q?=C3=84rger=1B[31m?=
                Date: Mon, 12 Jan 2004
                 10:00:00 +0100\u{7}
                X-Other: no
                From: =?iso-8859-1?Q?J=F6rg?= <j@x.example>
                To: a@x.example
                To: b@x.example

                Cc: not a header
                """.utf8))
        #expect(
            read.headers == [
                .init(name: "From", value: "Jörg <j@x.example>"), .init(name: "To", value: "a@x.example, b@x.example"),
                .init(name: "Date", value: "Mon, 12 Jan 2004 10:00:00 +0100"),
                .init(name: "Subject", value: "Ärger[31m"),
            ])
        #expect(read.text == "Cc: not a header\n")
    }

    @Test("counts an attachment's decoded octets")
    func byteCounts() {
        let read = Self.read(
            Array(
                """
                Content-Type: multipart/mixed; boundary=b

                --b
                Content-Type: image/png
                Content-Transfer-Encoding: base64

                QUJD
                REU=
                --b
                Content-Type: application/x
                Content-Transfer-Encoding: quoted-printable

                a=20b=
                c
                --b
                Content-Type: application/x
                Content-Transfer-Encoding: x-uuencode

                #0V%T
                --b--
                """.utf8))
        #expect(read.attachments.map(\.byteCount) == [5, 4, 5])
    }

    @Test("keeps the text within its limit and says that it did", arguments: ["x", "é", "日本", "a\n", "<p>é</p>"])
    func limits(unit: String) {
        let body = String(repeating: unit, count: 70_000)
        for type in ["text/plain", "text/html"] {
            let bytes = Array("Content-Type: \(type)\n\n\(body)".utf8)
            for limit in [-1, 0, 1, 2, 3, 10, 4096] {
                let read = Self.read(bytes, textByteLimit: limit)
                #expect(read.isTextCut)
                #expect(read.text.utf8.count <= max(0, limit) && read.text.utf8.count + 3 >= limit)
                #expect(!read.text.contains("\u{FFFD}") && !read.text.contains("Ã"))
            }
            #expect(!Self.read(bytes, textByteLimit: .max).isTextCut)
        }
    }

    @Test("looks no deeper and at no more parts than its limits")
    func depth() {
        let inner = "Content-Type: message/rfc822\n\n"
        let deep = Self.read(Array((String(repeating: inner, count: 5000) + "\ntext\n").utf8))
        #expect(deep.text.components(separatedBy: MessageReader.messageLine).count == EntityParser.depthLimit + 1)
        #expect(deep.attachments.count == 1)

        let many = Self.read(
            Array(
                ("Content-Type: multipart/mixed; boundary=b\n\n"
                    + String(repeating: "--b\nContent-Type: image/png\n\n", count: 5000)).utf8))
        #expect(many.attachments.count == EntityParser.entityLimit - 1 && many.isTextCut)
    }

    @Test("survives a message cut off anywhere", arguments: ReadableFixture.all)
    func truncated(fixture: ReadableFixture) {
        let bytes = fixture.bytes(lineEnd: "\r\n")
        for count in 0...bytes.count {
            Self.expectSafe(Self.read(Array(bytes[..<count])), "\(fixture.name), \(count) octets")
        }
    }

    @Test("survives random bytes")
    func random() {
        let pieces = ReadableFixture.all.map { $0.bytes(lineEnd: "\n") }
        for seed in 0..<UInt64(400) {
            var generator = SeededGenerator(seed: seed)
            // Pieces of messages with octets changed, and noise.
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let piece = pieces.randomElement(using: &generator)!
                let start = Int.random(in: 0...piece.count / 4, using: &generator)
                bytes += piece[start...]
                bytes += (0..<Int.random(in: 0...40, using: &generator)).map { _ in generator.next() as UInt8 }
            }
            for _ in 0..<bytes.count / 40 {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = generator.next()
            }
            Self.expectSafe(Self.read(bytes), "seed \(seed)")
            Self.expectSafe(Self.read(bytes, textByteLimit: Int.random(in: 0...200, using: &generator)), "seed \(seed)")
        }
    }

    @Test("takes linear time for bodies made to be slow")
    func slowBodies() {
        let clock = ContinuousClock()
        for unit in [
            "<", "<a", "<a \"", "<a '", "<!--", "<script>", "<title>", "&", "&#", "&#x", "\"", "<p>", "<li>", "<pre>\n",
            "=", "= ", "=\n", " ", "\r", "--b\n", "--b\n\n", "--c\n", "--", "\u{1B}", "\u{FEFF}",
        ] {
            let long = String(repeating: unit, count: 500_000 / unit.utf8.count)
            for header in [
                "text/plain", "text/html", "text/html\nContent-Transfer-Encoding: quoted-printable",
                "multipart/alternative; boundary=b", "text/plain; charset=utf-7",
            ] {
                let took = clock.measure { _ = Self.read(Array("Content-Type: \(header)\n\n\(long)".utf8)) }
                #expect(took < Slowdown.seconds(3), "\(header) of \(unit)")
            }
        }
    }

    /// No control characters but those that a text may hold, and no name with a folder.
    static func expectSafe(_ read: ReadableMessage, _ place: String) {
        func controls(_ text: String) -> Bool {
            text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" }
        }
        #expect(!controls(read.text), "\(place)")
        #expect(read.isTextCut || read.text.isEmpty || read.text.hasSuffix("\n"), "\(place)")
        for text in read.headers.map(\.value) + read.attachments.flatMap({ [$0.name, $0.contentType] }) {
            #expect(!controls(text) && !text.contains("\n") && !text.contains("\t"), "\(place)")
        }
        for attachment in read.attachments {
            #expect(!attachment.name.contains("/") && !attachment.name.contains("\\"), "\(place)")
            #expect(attachment.byteCount >= 0, "\(place)")
        }
    }
}
