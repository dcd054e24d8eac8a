import Archive
import Mail
import Platform

/// Header facts are clean text within their limits and dates that a calendar has, whatever the header holds.
enum HeadersTarget {
    /// 1 January 1900 and 1 January 10000, with room for a time zone.
    private static let seconds: ClosedRange<Int64> = -2_208_988_800 - 90_000...253_402_300_800 + 90_000

    static func check(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { bytes in
            let facts = HeaderFacts(headerBytes: bytes)
            for text in [facts.from, facts.subject, facts.messageID] {
                checkText(text, limit: HeaderFacts.textCharacterLimit)
            }
            for text in [facts.to, facts.cc] { checkText(text, limit: HeaderFacts.recipientsCharacterLimit) }
            for date in [facts.date, facts.received, MessageDate.parse(bytes)] { checkDate(date) }
            checkFromLine(facts)
            _ = EncodedWord.decode(bytes)
        }
    }

    private static func checkText(_ text: String, limit: Int) {
        let scalars = text.unicodeScalars
        holds(scalars.count <= limit, "a text has \(limit) characters at most")
        holds(!scalars.contains { $0.properties.generalCategory == .control }, "there are no control characters")
        holds(!text.hasPrefix(" ") && !text.hasSuffix(" ") && !text.contains("  "), "white space is folded")
        let turns = scalars.contains { (0x202A...0x202E).contains($0.value) || (0x2066...0x2069).contains($0.value) }
        holds(!turns, "nothing turns the direction")
    }

    private static func checkDate(_ date: Int64?) {
        guard let date else { return }
        holds(seconds.contains(date), "a date is of this calendar: \(date)")
        guard (0..<253_402_300_800).contains(date) else { return }
        holds(MessageDate.parse(WallClock.asctime(date)) == date, "a date is read back as it is written: \(date)")
    }

    /// The `From ` line of an mbox is of printable characters, with an address of one word.
    private static func checkFromLine(_ facts: HeaderFacts) {
        var line: [UInt8] = []
        MboxEntry.withFromLine(facts, time: facts.date ?? 0) { line += $0 }
        holds(line.last == 10 && line.dropLast().allSatisfy { (0x20...0x7E).contains($0) }, "the From line is a line")
        let words = line.dropLast().split(separator: 0x20)
        holds(words.count == 7 && words[0].elementsEqual("From".utf8), "the From line has an address and a date")
    }
}
