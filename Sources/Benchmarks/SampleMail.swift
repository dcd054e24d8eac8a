import Foundation
import Simulation

/// Mail like that of an office, all of it a function of the seed: many short texts, texts with an HTML twin, and a few
/// messages with attachments that hold most of the bytes. One attachment in five was sent before.
struct SampleMail {
    private var random: SeededRandom
    private var words: SampleWords
    private var sentAttachments: [[UInt8]] = []

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        words = SampleWords(seed: seed)
    }

    /// So many messages that they have `byteCount` bytes or a little more.
    mutating func messages(byteCount: Int) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var left = byteCount
        while left > 0 {
            messages.append(message(number: messages.count))
            left -= messages[messages.count - 1].count
        }
        return messages
    }

    /// The message of a number; they are to be asked for in turn.
    mutating func message(number: Int) -> [UInt8] {
        var bytes = words.header(number: number)
        let boundary = "=_\(number)_\(random.next())"
        switch random.next() % 100 {
        case ..<55:
            bytes += "Content-Type: text/plain; charset=utf-8\r\n\r\n".utf8
            words.appendText(byteCount: Int.random(in: 500...8_000, using: &random), to: &bytes)
        case ..<88:
            bytes += "Content-Type: multipart/alternative; boundary=\"\(boundary)\"\r\n\r\n".utf8
            appendAlternatives(boundary, to: &bytes)
        default:
            bytes += "Content-Type: multipart/mixed; boundary=\"\(boundary)\"\r\n\r\n".utf8
            appendMixed(boundary, to: &bytes)
        }
        return bytes
    }

    private mutating func appendAlternatives(_ boundary: String, to bytes: inout [UInt8]) {
        let byteCount = Int.random(in: 2_000...15_000, using: &random)
        bytes += "--\(boundary)\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n".utf8
        words.appendText(byteCount: byteCount, to: &bytes)
        bytes += "\r\n--\(boundary)\r\nContent-Type: text/html; charset=utf-8\r\n\r\n".utf8
        words.appendHTML(byteCount: byteCount * 3, to: &bytes)
        bytes += "\r\n--\(boundary)--\r\n".utf8
    }

    private mutating func appendMixed(_ boundary: String, to bytes: inout [UInt8]) {
        bytes += "--\(boundary)\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n".utf8
        words.appendText(byteCount: Int.random(in: 300...3_000, using: &random), to: &bytes)
        bytes += "\r\n--\(boundary)\r\nContent-Type: application/octet-stream; name=\"report.pdf\"\r\n".utf8
        bytes += "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment\r\n\r\n".utf8
        bytes += attachment()
        bytes += "\r\n--\(boundary)--\r\n".utf8
    }

    /// In base64, a new one or one that was sent.
    private mutating func attachment() -> [UInt8] {
        if random.next() % 5 == 0, let sent = sentAttachments.randomElement(using: &random) { return sent }
        var content: [UInt8] = []
        let byteCount = Int.random(in: 20_000...900_000, using: &random)
        // Most formats of files are compressed in themselves; one in four here is not.
        if random.next() % 4 == 0 {
            words.appendText(byteCount: byteCount, to: &content)
        } else {
            content = Self.noise(byteCount: byteCount, &random)
        }
        let encoded = Self.base64(content)
        sentAttachments.append(encoded)
        return encoded
    }

    static func noise(byteCount: Int, _ random: inout SeededRandom) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount + 8)
        while bytes.count < byteCount { withUnsafeBytes(of: random.next()) { bytes.append(contentsOf: $0) } }
        return bytes
    }

    /// Lines of 76 characters between CRLF.
    static func base64(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](
            Data(bytes).base64EncodedData(
                options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed]))
    }
}
