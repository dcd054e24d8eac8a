/// What a word without quotes means.
enum TOMLNumber {
    static func content(of word: String) -> Node.Content? {
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf": return .float(.infinity)
        case "-inf": return .float(-.infinity)
        case "nan", "+nan", "-nan": return .float(.nan)
        default: break
        }
        if isDate(word) || isTime(word[...]) || isDateTime(word) { return .date }
        return integer(word).map { .integer($0) } ?? float(word).map { .float($0) }
    }

    /// `1979-05-27`
    static func isDate(_ word: String) -> Bool { matches(word[...], "dddd-dd-dd") }

    /// `1979-05-27T07:32:00.5-08:00`; a letter or a space in the middle, and nothing or Z at the end, are right too.
    private static func isDateTime(_ word: String) -> Bool {
        guard isDate(String(word.prefix(10))), let mark = word.dropFirst(10).first, "Tt ".contains(mark) else {
            return false
        }
        let rest = word.dropFirst(11)
        let time = rest.prefix { !"Zz+-".contains($0) }
        let offset = rest.dropFirst(time.count)
        return isTime(time)
            && (["", "Z", "z"].contains(offset) || matches(offset, "+dd:dd") || matches(offset, "-dd:dd"))
    }

    /// `07:32:00` or `07:32:00.999`
    private static func isTime(_ word: Substring) -> Bool {
        let fraction = word.dropFirst(8)
        return matches(word.prefix(8), "dd:dd:dd")
            && (fraction.isEmpty
                || fraction.first == "." && fraction.count > 1
                    && fraction.dropFirst().utf8.allSatisfy(TOMLByte.isDigit))
    }

    /// Whether a word is as the pattern, in which `d` is any digit.
    private static func matches(_ word: Substring, _ pattern: String) -> Bool {
        word.utf8.count == pattern.utf8.count
            && zip(word.utf8, pattern.utf8).allSatisfy { $1 == 0x64 ? TOMLByte.isDigit($0) : $0 == $1 }
    }

    private static func integer(_ word: String) -> Int64? {
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where word.hasPrefix(prefix) {
            let digits = word.dropFirst(2)
            return hasProperUnderscores(digits) && !"+-".contains(digits.first ?? "+")
                ? Int64(digits.filter { $0 != "_" }, radix: radix) : nil
        }
        let digits = "+-".contains(word.first ?? " ") ? word.dropFirst() : word[...]
        guard hasProperUnderscores(digits), !hasLeadingZero(digits), digits.first.map({ !"+-".contains($0) }) == true
        else { return nil }
        return Int64(word.filter { $0 != "_" })
    }

    private static func float(_ word: String) -> Double? {
        let unsigned = "+-".contains(word.first ?? " ") ? word.dropFirst() : word[...]
        let whole = unsigned.prefix { !".eE".contains($0) }
        let exponent = unsigned.drop { !"eE".contains($0) }.dropFirst()
        let fraction = unsigned.dropFirst(whole.count).prefix { !"eE".contains($0) }
        let power = "+-".contains(exponent.first ?? " ") ? exponent.dropFirst() : exponent
        let hasExponent = unsigned.contains { "eE".contains($0) }
        guard areDigits(whole), !hasLeadingZero(whole), fraction.isEmpty || areDigits(fraction.dropFirst()),
            hasExponent ? areDigits(power) : !fraction.isEmpty
        else { return nil }
        return Double(word.filter { $0 != "_" })
    }

    private static func areDigits(_ text: Substring) -> Bool {
        hasProperUnderscores(text) && text.utf8.allSatisfy { TOMLByte.isDigit($0) || $0 == 0x5F }
    }

    private static func hasLeadingZero(_ digits: Substring) -> Bool { digits.count > 1 && digits.first == "0" }

    /// At least one digit, and a digit on both sides of each underscore.
    private static func hasProperUnderscores(_ digits: Substring) -> Bool {
        !digits.isEmpty && digits.first != "_" && digits.last != "_" && !digits.contains("__")
    }
}
