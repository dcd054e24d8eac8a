/// A whole number with a unit, as in `"30 s"` or `"1 GiB"`.
struct Quantity {
    var number: UInt64
    /// As it was written; empty where there is none.
    var unit: String

    /// `nil` where the text is not digits, at most some spaces, and letters; or the number is beyond 64 bits.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        let rest = bytes.dropFirst(digits.count).drop { $0 == 0x20 }
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)),
            rest.allSatisfy({ (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) })
        else { return nil }
        self.number = number
        unit = String(decoding: rest, as: UTF8.self)
    }
}

extension Quantity {
    /// The units of a duration, in milliseconds.
    private static let millisecondsPerUnit: [String: UInt64] = [
        "ms": 1, "s": 1000, "min": 60_000, "h": 3_600_000,
    ]

    /// `nil` where the unit is missing or none of ms, s, min, h; a duration beyond all bounds is `Duration.max`.
    var duration: Duration? {
        guard let factor = Self.millisecondsPerUnit[unit] else { return nil }
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow || milliseconds > 1 << 60 ? .seconds(Int64.max) : .milliseconds(Int64(milliseconds))
    }

    /// The units of a size, in bytes, by their names in small letters.
    private static let bytesPerUnit: [String: UInt64] = [
        "b": 1, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
        "kb": 1000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000,
    ]

    /// `nil` where the unit is none of B, KiB, MiB, GiB, TiB, kB, MB, GB, TB; what does not fit is `UInt64.max`.
    var byteCount: UInt64? {
        guard let factor = Self.bytesPerUnit[unit.lowercased()] else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? .max : bytes
    }
}
