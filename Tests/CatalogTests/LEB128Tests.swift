import Testing

@testable import Catalog

@Suite struct LEB128Tests {
    @Test(
        "takes as few bytes as it needs",
        arguments: [
            (0, [0]), (1, [1]), (127, [0x7F]), (128, [0x80, 1]), (300, [0xAC, 2]), (624485, [0xE5, 0x8E, 0x26]),
            (UInt64(Int64.max), [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]),
        ] as [(UInt64, [UInt8])])
    func table(value: UInt64, expected: [UInt8]) {
        var bytes: [UInt8] = []
        LEB128.append(value, to: &bytes)
        #expect(bytes == expected)
        #expect(LEB128.numbers(in: bytes) == [value])
    }

    @Test("reads many in a row")
    func sequence() {
        let values = (0..<63).flatMap { [UInt64(1) << $0, UInt64(1) << $0 - 1] }
        var bytes: [UInt8] = []
        for value in values { LEB128.append(value, to: &bytes) }
        #expect(LEB128.numbers(in: bytes) == values)
        #expect(LEB128.numbers(in: []) == [])
    }

    @Test(
        "refuses what is cut off or too large",
        arguments: [[0x80], [1, 0xFF], [UInt8](repeating: 0xFF, count: 9) + [1]])
    func refusals(bytes: [UInt8]) { #expect(LEB128.numbers(in: bytes) == nil) }
}
