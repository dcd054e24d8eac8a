import Foundation
import Simulation

/// Words of an invented language, some far more frequent than others, and the lines and headers made of them.
struct SampleWords {
    private static let lineByteCount = 72

    private var random: SeededRandom
    private let vocabulary: [[UInt8]]

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed &+ 1)
        let letters = Array("etaoinshrdlucmfwypvbgkjqxz".utf8)
        vocabulary = (0..<4000).map { _ in
            (0..<Int.random(in: 2...11, using: &random)).map { _ in
                // The square makes the first letters the frequent ones.
                let draw = Double.random(in: 0..<1, using: &random)
                return letters[Int(draw * draw * Double(letters.count))]
            }
        }
        self.random = random
    }

    private mutating func word() -> [UInt8] {
        let draw = Double.random(in: 0..<1, using: &random)
        return vocabulary[Int(draw * draw * draw * Double(vocabulary.count))]
    }

    /// Sentences in lines that end in CRLF.
    /// - Parameter dottedLineInterval: every so many lines begin with a dot, doubled as POP3 transmits it.
    mutating func appendText(byteCount: Int, dottedLineInterval: Int? = nil, to bytes: inout [UInt8]) {
        let end = bytes.count + byteCount
        var lineCount = 0
        while bytes.count < end {
            lineCount += 1
            let lineEnd = bytes.count + Self.lineByteCount
            if let interval = dottedLineInterval, lineCount % interval == 0 { bytes += ".. ".utf8 }
            while bytes.count < lineEnd {
                bytes += word()
                bytes += random.next() % 9 == 0 ? ". ".utf8 : " ".utf8
            }
            bytes += "\r\n".utf8
        }
    }

    mutating func appendHTML(byteCount: Int, to bytes: inout [UInt8]) {
        let end = bytes.count + byteCount
        while bytes.count < end {
            bytes += "<tr><td style=\"padding:0 8px;font:14px Arial\"><a href=\"https://example.org/".utf8
            bytes += "\(random.next() % 100_000)\">".utf8
            appendText(byteCount: 200, to: &bytes)
            bytes += "</a></td></tr>\r\n".utf8
        }
    }

    /// The header of a message, but for its Content-Type and the blank line.
    mutating func header(number: Int) -> [UInt8] {
        let (sender, reader) = (random.next() % 300, random.next() % 50)
        let date = "\(1 + random.next() % 28) Jan 2026 \(10 + random.next() % 14):15:00 +0100"
        var subject: [UInt8] = []
        for _ in 0..<5 { subject += word() + [32] }
        var text = "Return-Path: <person\(sender)@example.org>\r\n"
        for hop in 0..<3 {
            text += "Received: from mx\(hop).example.org (mx\(hop).example.org [192.0.2.\(random.next() % 256)])\r\n"
            text += "\tby mail\(hop).example.net (Postfix) with ESMTPS id \(String(random.next(), radix: 36))\r\n"
            text += "\tfor <reader\(reader)@example.net>; Mon, \(date)\r\n"
        }
        text += "From: =?utf-8?Q?J=C3=BCrgen_Person_\(sender)?= <person\(sender)@example.org>\r\n"
        text += "To: \"Reader, \(reader)\" <reader\(reader)@example.net>, list@example.net\r\n"
        text += "Subject: \(String(decoding: subject, as: UTF8.self))\r\nDate: Mon, \(date)\r\n"
        text += "Message-ID: <\(number).\(random.next())@example.org>\r\nMIME-Version: 1.0\r\n"
        return Array(text.utf8)
    }
}
