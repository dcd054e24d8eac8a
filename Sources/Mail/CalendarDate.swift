/// A day of the Gregorian calendar as a mail header writes it.
struct CalendarDate {
    private(set) var year: Int?
    let month: Int
    let day: Int

    private static let months = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]
    private static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    /// Reads `Mon, 12 Jan`, `12 Jan`, `12-Jan`, `Mon Jan 12` or `Jan 12`, and what separates it from the next. A word
    /// with a comma behind it counts as a day name in any language, and a day may have zeros in front.
    init?(dayAndMonthFrom cursor: inout DateCursor) {
        cursor.skipSpaceAndComments()
        var word = cursor.word()
        if !word.isEmpty, Self.month(word) == nil {
            guard Self.abbreviates(word, Self.weekdays) || cursor.skip(ASCII.comma) else { return nil }
            cursor.skipSeparators()
            word = cursor.word()
        }
        if word.isEmpty {
            guard let day = cursor.number(digits: 1...3) else { return nil }
            cursor.skipSeparators()
            guard let month = Self.month(cursor.word()) else { return nil }
            (self.day, self.month) = (day, month)
        } else {
            guard let month = Self.month(word) else { return nil }
            cursor.skipSeparators()
            guard let day = cursor.number(digits: 1...3) else { return nil }
            (self.day, self.month) = (day, month)
        }
        cursor.skipSeparators()
    }

    /// Reads a year; of two digits, 00 to 49 are 2000 to 2049 and 50 to 99 are 1950 to 1999; to three digits 1900 is
    /// added (RFC 5322, section 4.3). False when there is none, or one before 1900.
    mutating func readYear(_ cursor: inout DateCursor) -> Bool {
        cursor.skipSpaceAndComments()
        if let short = cursor.number(digits: 2...2) {
            year = short < 50 ? 2000 + short : 1900 + short
        } else if let medium = cursor.number(digits: 3...3) {
            year = 1900 + medium
        } else if let long = cursor.number(digits: 4...4), long >= 1900 {
            year = long
        } else {
            return false
        }
        return true
    }

    /// `nil` while there is no year, and for a day that the month does not have.
    var daysSince1970: Int64? {
        guard let year, day >= 1 else { return nil }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[month - 1] else { return nil }
        // Days since 1 January of year 1 at the end of last year, then the days of this one.
        let past = year - 1
        let days = past * 365 + past / 4 - past / 100 + past / 400 + lengths.prefix(month - 1).reduce(0, +) + day - 1
        return Int64(days - 719_162)
    }

    /// 1...12 for a month's English name or its beginning.
    private static func month(_ word: String) -> Int? {
        word.utf8.count < 3 ? nil : months.firstIndex { $0.hasPrefix(word) }.map { $0 + 1 }
    }

    private static func abbreviates(_ word: String, _ names: [String]) -> Bool {
        word.utf8.count >= 3 && names.contains { $0.hasPrefix(word) }
    }
}
