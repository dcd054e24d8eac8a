/// Numbers for people.
enum Format {
    /// `1,234,567`.
    static func count(_ value: some BinaryInteger) -> String {
        var digits = String(value)
        var index = digits.index(digits.endIndex, offsetBy: -3, limitedBy: digits.startIndex)
        while let at = index, at > digits.startIndex {
            digits.insert(",", at: at)
            index = digits.index(at, offsetBy: -3, limitedBy: digits.startIndex)
        }
        return digits
    }

    /// `1 message`, `2,000 messages`.
    static func count(_ value: some BinaryInteger, _ noun: String) -> String {
        "\(count(value)) \(noun)\(value == 1 ? "" : "s")"
    }

    /// `4.0 kB`, `12.3 MB`: powers of 1,000, as disks and networks are sold.
    static func octets(_ value: UInt64) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var scaled = Double(value)
        var unit = 0
        while scaled >= 999.95, unit < units.count - 1 {
            scaled /= 1000
            unit += 1
        }
        return unit == 0 ? "\(value) B" : "\(fixed(scaled, 1)) \(units[unit])"
    }

    /// `0.4 s`, `12 s`, `3:25`, `1:02:09`.
    static func duration(_ seconds: Double) -> String {
        if seconds < 10 { return "\(fixed(seconds, 1)) s" }
        let whole = Int(min(seconds, 3_600_000).rounded())
        if whole < 60 { return "\(whole) s" }
        let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// A number with so many digits behind the point.
    static func fixed(_ value: Double, _ digits: Int) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let rounded = Int64((abs(value) * scale).rounded())
        let sign = value < 0 && rounded > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(rounded)" }
        let fraction = String(rounded % Int64(scale))
        return "\(sign)\(rounded / Int64(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
