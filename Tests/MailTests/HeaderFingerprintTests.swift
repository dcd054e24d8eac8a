import Foundation
import Mail
import Testing

@Suite struct HeaderFingerprintTests {
    private static func fingerprint(_ text: String) -> HeaderFingerprint? {
        Array(text.utf8).withUnsafeBytes { HeaderFingerprint(headerBytes: $0) }
    }

    private static let header = """
        Received: from a by b;
        \tMon, 12 Jan 2004 10:00:01 +0100
        Message-ID: <1@x.example>
        From: ann@x.example
        Subject: folded
         over two lines
        To: bob@x.example


        """

    @Test("is the same with either line end, and whatever stands behind the header")
    func lineEnds() throws {
        let fingerprint = try #require(Self.fingerprint(Self.header))
        let variants = [
            Self.header.replacing("\n", with: "\r\n"), Self.header + "body\n",
            Self.header + "Message-ID: <2@x.example>\n",
            String(Self.header.dropLast()), String(Self.header.dropLast(2)),
            Self.header.replacing("\n", with: "\r\r\n"), Self.header + "\r\n\r\n.\r\n",
        ]
        for variant in variants { #expect(Self.fingerprint(variant) == fingerprint, "\(variant.debugDescription)") }
    }

    @Test("is that of TOP's answer, wherever the message ends")
    func top() {
        let texts = [Self.header, "Message-ID: <1>\n\n", "Message-ID: <1>\n", "Received: x\n folded\n\nbody\n\nmore\n"]
        for text in texts {
            let message = text.replacing("\n", with: "\r\n")
            let header = message.range(of: "\r\n\r\n").map { String(message[..<$0.upperBound]) } ?? message
            #expect(Self.fingerprint(header) != nil)
            #expect(Self.fingerprint(header) == Self.fingerprint(message))
        }
    }

    @Test(
        "leaves out what servers add or change, folded lines included, in any case and anywhere",
        arguments: [
            "Status: RO", "X-Status: A", "X-UID: 5", "X-UIDL: a!b", "X-IMAPbase: 1 2", "X-IMAP: 1 2",
            "X-Keywords: a\n b\n\tc", "Content-Length: 100", "Return-Path: <a@x>", "STATUS: x", "status : x",
            "X-Keywords:\n ", "Status:",
        ])
    func volatile(field: String) throws {
        let fingerprint = try #require(Self.fingerprint(Self.header))
        let lines = Self.header.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        for place in [0, 2, 3, 4, 6, 7] {
            var changed = lines
            changed.insert(field, at: place)
            #expect(Self.fingerprint(changed.joined(separator: "\n")) == fingerprint, "at line \(place)")
        }
    }

    @Test("every other field counts, with its place, its case and its folding")
    func significant() throws {
        let fingerprint = try #require(Self.fingerprint(Self.header))
        let changes = [
            ("Subject: folded", "Subject: Folded"), ("From:", "from:"), ("lines\n", "lines\nX-Statuses: a\n"),
            ("folded\n over", "folded over"), ("To: bob@x.example\n", ""), ("Message-ID: <1", "Message-ID: <2"),
            ("10:00:01", "10:00:02"), ("lines\n", "lines\nStatuses: a\n"), ("lines\n", "lines\nno field\n"),
            (
                "From: ann@x.example\nSubject: folded\n over two lines\n",
                "Subject: folded\n over two lines\nFrom: ann@x.example\n"
            ),
        ]
        for (old, new) in changes {
            let changed = Self.header.replacing(old, with: new)
            #expect(changed != Self.header)
            #expect(Self.fingerprint(changed) != fingerprint, "\(new)")
        }
    }

    @Test("there is none where a header names its message by neither Message-ID nor Received")
    func indistinct() {
        for text in [
            "", "\n", "Subject: a\nFrom: b\n\n", "Subject: a\n\nMessage-ID: <1>\n", "Subject:\n Message-ID: <1>\n\n",
            "X-Message-ID: <1>\n\n", "Message-ID\n\n", "Received-SPF: pass\n\n", "Return-Path: <a>\nStatus: O\n\n",
        ] { #expect(Self.fingerprint(text) == nil, "\(text.debugDescription)") }
        for text in ["Message-ID: <1>", "message-id: <1>\n\n", "RECEIVED :x\n\n", "Subject: a\nReceived: b\n\n"] {
            #expect(Self.fingerprint(text) != nil, "\(text.debugDescription)")
        }
    }

    @Test("there is none where a header has no end within 256 KiB")
    func endless() {
        let line = "X-Long: " + String(repeating: "x", count: 1000) + "\n"
        let long = "Message-ID: <1>\n" + String(repeating: line, count: 262)
        #expect(Self.fingerprint(long) == nil)
        #expect(Self.fingerprint("Message-ID: <1>\n" + String(repeating: line, count: 250) + "\n" + long) != nil)
    }
}
