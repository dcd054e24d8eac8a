/// The date and time of a mail header (RFC 5322, section 3.3) with its obsolete forms (section 4.3), and asctime's.
package enum MessageDate {
    /// Octets of a value that are looked at.
    static let byteLimit = 1000

    /// Seconds since 1970 UTC; `nil` for what is no date.
    ///
    /// Read are `Mon, 12 Jan 2004 10:00:00 +0100` with day name, seconds and zone optional, comments anywhere, years of
    /// two and three digits, zones by name, hyphens in the date, `Mon Jan 12 10:00:00 2004` with or without a zone, and
    /// `Jan 12, 2004 10:00:00`. A zone that is missing or has an unknown name counts as UTC, as section 4.3 asks. The day
    /// name is not compared with the date. Out of range are years before 1900, 30 February, 24:00 and 12:60.
    package static func parse(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        var cursor = DateCursor(bytes.sub(0..<min(bytes.count, byteLimit)))
        guard var date = CalendarDate(dayAndMonthFrom: &cursor) else { return nil }
        cursor.skipSpaceAndComments()
        if !cursor.isTime {
            guard date.readYear(&cursor) else { return nil }
        }
        guard let second = timeOfDay(&cursor) else { return nil }
        var zone = Zone.read(&cursor)
        if date.year == nil {
            guard date.readYear(&cursor) else { return nil }
            if zone == .absent { zone = Zone.read(&cursor) }
        }
        guard case .known(let offset) = zone == .absent ? .known(seconds: 0) : zone, let days = date.daysSince1970
        else { return nil }
        return days * 86_400 + Int64(second) - Int64(offset)
    }

    /// The same for text.
    package static func parse(_ text: some StringProtocol) -> Int64? {
        var copy = String(text)
        return copy.withUTF8 { parse(UnsafeRawBufferPointer($0)) }
    }

    /// `10:00`, `10:00:00`, `9:00:00.123` or `9:00 PM`, in seconds since midnight. A leap second counts as the next.
    private static func timeOfDay(_ cursor: inout DateCursor) -> Int? {
        cursor.skipSpaceAndComments()
        guard var hour = cursor.number(digits: 1...2), cursor.skip(ASCII.colon),
            let minute = cursor.number(digits: 1...2)
        else { return nil }
        var second = 0
        if cursor.skip(ASCII.colon) {
            guard let read = cursor.number(digits: 1...2) else { return nil }
            second = read
            if cursor.skip(ASCII.dot) { cursor.skipDigits() }
        }
        let mark = cursor
        switch cursor.word() {
        case "pm" where (1...12).contains(hour): hour = hour % 12 + 12
        case "am" where (1...12).contains(hour): hour %= 12
        default: cursor = mark
        }
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        return hour * 3600 + minute * 60 + second
    }
}
