import Platform
import Testing

@testable import Drain

@Suite struct DeliveredMailTests {
    private let scratch = Scratch()

    private static let mpop = "Received: from h (h [1.2.3.4])\n\tby b (mpop-1.4.18) with POP3\n\tfor <me>; date\n"
    private static let fetchmail = "Received: from h [1.2.3.4]\n\tby b with POP3 (fetchmail-6.4.37)\n\tfor <me>; date\n"
    private static let getmail = "Received: from h by b with POP3-SSL\n  getmail6 msgid:17; date\n"

    /// What each message of a file or a folder was on its server; `nil` where it bears no sign.
    private func originals(_ name: String, _ trace: DeliveryTrace) throws -> [String?] {
        try DeliveredFolder.mail(in: "\(scratch.path)/\(name)").map { mail in
            var bytes: [UInt8] = []
            return try mail.original(trace, { bytes += $0 }) ? String(decoding: bytes, as: UTF8.self) : nil
        }
    }

    @Test(
        "what a program added to a header is taken out, and lines end in CRLF",
        arguments: [
            (.mpop, mpop + "A: b\n\ntext\n", "A: b\r\n\r\ntext\r\n"),
            (.mpop, mpop + "\ntext", "\r\ntext"),
            (.mpop, "A: b\n" + mpop + "\ntext\n", nil),
            (.mpop, "A: b\n\n" + mpop, nil),
            (.mpop, "", nil),
            (.mpop, mpop + "A: lone\rreturn\n\n", "A: lone\rreturn\r\n\r\n"),
            (.mpop, mpop.replacing("\n", with: "\r\n") + "A: b\r\n\r\nc\r\n", "A: b\r\n\r\nc\r\n"),
            (.fetchmail, fetchmail + "A: b\n\ntext\n", "A: b\r\n\r\ntext\r\n"),
            (.fetchmail, "Return-Path: <x>\n" + fetchmail + "A: b\n\n", "Return-Path: <x>\r\nA: b\r\n\r\n"),
            (.fetchmail, "A: b\n\n" + fetchmail, nil),
            (.getmail, "Return-Path: <x>\nDelivered-To: me\n" + getmail + "A: b\n", "Return-Path: <x>\r\nA: b\r\n"),
            (.getmail, "Return-Path: <unknown>\nDelivered-To: me\n" + getmail + "A: b\n\n", "A: b\r\n\r\n"),
            (.getmail, "Return-Path: <unknown>\n" + getmail + "Delivered-To: x\n\n", "Delivered-To: x\r\n\r\n"),
            (.getmail, mpop + "A: b\n\n", nil),
        ] as [(DeliveryTrace, String, String?)])
    func originals(trace: DeliveryTrace, delivered: String, original: String?) throws {
        try scratch.write("m/new/1", Array(delivered.utf8))
        try scratch.write("m/cur/.hidden", [])
        #expect(try originals("m", trace) == [original])
    }

    @Test(
        "the messages of an mbox are told apart by From lines behind empty ones, and unquoted",
        arguments: [
            ("From x d\n\(mpop)A: 1\n\nb\n\nFrom y d\n\(mpop)A: 2\n\n", ["A: 1\r\n\r\nb\r\n", "A: 2\r\n"]),
            ("From x d\n\(mpop)\n>From a\n>>From b\nFrom c\n\n", ["\r\nFrom a\r\n>From b\r\nFrom c\r\n"]),
            ("From x d\n\(mpop)\na\n\n\n\nFrom y d\nB: own\n\n", ["\r\na\r\n\r\n\r\n", nil]),
            ("From x d\n", [nil]), ("From x d", []), ("", []), ("no mbox\n", []),
            ("\nFrom x d\n\(mpop)\nb\n", ["\r\nb\r\n"]),
        ] as [(String, [String?])])
    func mboxes(text: String, messages: [String?]) throws {
        try scratch.write("mbox", Array(text.utf8))
        #expect(try originals("mbox", .mpop) == messages)
    }

    @Test("a From line is found wherever the pieces of the file end") func pieces() throws {
        for length in (1 << 20) - 40...(1 << 20) + 1 {
            let first = "From x d\n\(Self.mpop)\n"
            let filler = String(repeating: "a", count: length - first.utf8.count) + "\n\n"
            try scratch.write("mbox", Array((first + filler + "From y d\n\(Self.mpop)\nb\n\n").utf8))
            let found = try originals("mbox", .mpop)
            #expect(found.count == 2 && found.last == "\r\nb\r\n")
        }
    }
}
