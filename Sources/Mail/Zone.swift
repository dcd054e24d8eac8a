/// A time zone of a mail header (RFC 5322, sections 3.3 and 4.3).
enum Zone: Equatable {
    /// East of Greenwich positive.
    case known(seconds: Int)
    /// No zone stands here.
    case absent
    /// Something numeric that no zone can be.
    case nonsense

    /// Reads `+0100`, `+01:00`, `-0000`, `GMT`, `GMT+0100`, `EST` and the like; nothing when the next is no zone.
    static func read(_ cursor: inout DateCursor) -> Zone {
        let word = cursor.word()
        cursor.skipSpaceAndComments()
        let isNamed = !word.isEmpty
        if let sign = cursor.peek, sign == UInt8(ascii: "+") || sign == ASCII.dash {
            let isUTC = word == "gmt" || word == "utc" || word == "ut"
            if !isNamed || isUTC { return readOffset(&cursor, isNegative: sign == ASCII.dash) }
        }
        return isNamed ? .known(seconds: hours(word) * 3600) : .absent
    }

    private static func readOffset(_ cursor: inout DateCursor, isNegative: Bool) -> Zone {
        _ = cursor.skip(isNegative ? ASCII.dash : UInt8(ascii: "+"))
        let hours: Int
        let minutes: Int
        if let both = cursor.number(digits: 3...4) {
            (hours, minutes) = (both / 100, both % 100)
        } else if let first = cursor.number(digits: 1...2) {
            hours = first
            minutes = cursor.skip(ASCII.colon) ? cursor.number(digits: 2...2) ?? 60 : 0
        } else {
            return .nonsense
        }
        guard hours <= 24, minutes < 60 else { return .nonsense }
        let seconds = hours * 3600 + minutes * 60
        return .known(seconds: isNegative ? -seconds : seconds)
    }

    /// Section 4.3's names, and others that mean one thing only; unknown ones count as UTC.
    private static func hours(_ name: String) -> Int {
        switch name {
        case "edt", "ast": -4
        case "est", "cdt": -5
        case "cst", "mdt": -6
        case "mst", "pdt": -7
        case "pst": -8
        case "adt": -3
        case "bst", "cet", "met", "mez", "west": 1
        case "cest", "mest", "mesz", "eet", "sast": 2
        case "eest", "msk": 3
        case "hkt": 8
        case "jst", "kst": 9
        case "aest": 10
        case "nzst": 12
        default: 0
        }
    }
}
