import Simulation
import Testing

@testable import Transport

@Suite struct ServiceRecordTests {
    private static func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + $0.utf8 } + [0]
    }

    /// An answer to a question for a name with these records, each its type and data.
    private static func message(_ records: [(type: UInt8, data: [UInt8])]) -> [UInt8] {
        var bytes: [UInt8] = [0, 7, 0x81, 0x80, 0, 1, 0, UInt8(records.count), 0, 0, 0, 0]
        bytes += name("_pop3s._tcp.example.org") + [0, 33, 0, 1]
        for (type, data) in records {
            bytes += [0xC0, 12, 0, type, 0, 1, 0, 0, 0, 60, UInt8(data.count >> 8), UInt8(data.count & 0xFF)] + data
        }
        return bytes
    }

    private static let first: [UInt8] = [0, 1, 0, 2, 3, 227] + name("pop.example.net")
    /// The target is `mx.` and the end of the name in the question, `example.org`.
    private static let second: [UInt8] = [0, 3, 0, 4, 0, 110, 2, 109, 120, 0xC0, 24]
    private static let whole = message([(5, name("alias.example")), (33, first), (33, second)])

    @Test("reads priority, weight, port and target, compressed or not, between other records")
    func reading() {
        #expect(
            ServiceAnswer.records(of: Self.whole) == [
                ServiceRecord(priority: 1, weight: 2, port: 995, target: "pop.example.net"),
                ServiceRecord(priority: 3, weight: 4, port: 110, target: "mx.example.org"),
            ])
        #expect(ServiceAnswer.records(of: Self.message([])) == [])
    }

    @Test("the root as target means that the service is not there")
    func root() {
        let records = ServiceAnswer.records(of: Self.message([(33, [0, 0, 0, 0, 0, 0, 0])]))
        #expect(records == [ServiceRecord(priority: 0, weight: 0, port: 0, target: "")])
    }

    @Test("a message cut anywhere is damaged")
    func truncated() {
        for count in 0..<Self.whole.count { #expect(ServiceAnswer.records(of: Array(Self.whole[..<count])) == nil) }
    }

    @Test(
        "what is damaged, or leads in a circle, is no answer",
        arguments: [
            // A target that points at itself, forward, or out of the message; one that is a label of a reserved kind.
            [0, 1, 0, 2, 3, 227, 0xC0, 59], [0, 1, 0, 2, 3, 227, 0xC0, 200], [0, 1, 0, 2, 3, 227, 0xFF, 0xFF],
            [0, 1, 0, 2, 3, 227, 0x80, 1], [0, 1, 0, 2, 3, 227, 63, 65], [0, 1, 0, 2, 3, 227], [0, 1], [],
            [0, 1, 0, 2, 3, 227] + [UInt8]([[UInt8]](repeating: [1, 65], count: 200).joined()) + [0],
        ])
    func damaged(data: [UInt8]) {
        #expect(ServiceAnswer.records(of: Self.message([(33, data)])) == nil)
    }

    @Test("a target that is no host name is left out", arguments: ["a b", "a\r\nQUIT", "a\0b", "a/b", "é"])
    func strange(label: String) {
        let data: [UInt8] = [0, 1, 0, 2, 3, 227, UInt8(label.utf8.count)] + Array(label.utf8) + [0]
        let good = ServiceRecord(priority: 1, weight: 2, port: 995, target: "pop.example.net")
        #expect(ServiceAnswer.records(of: Self.message([(33, data), (33, Self.first)])) == [good])
    }

    @Test("no change of a byte leads out of the message")
    func mutated() {
        var bytes = Self.whole
        for index in bytes.indices {
            for value in [0, 1, 12, 63, 64, 0x80, 0xC0, 0xFF] as [UInt8] {
                let old = bytes[index]
                bytes[index] = value
                #expect((ServiceAnswer.records(of: bytes) ?? []).count <= 255)
                bytes[index] = old
            }
        }
    }

    @Test("lower priorities come first, and weights share the first place among equal ones")
    func order() {
        let records = [
            ServiceRecord(priority: 20, weight: 0, port: 1, target: "last"),
            ServiceRecord(priority: 10, weight: 0, port: 1, target: "never"),
            ServiceRecord(priority: 10, weight: 10, port: 1, target: "some"),
            ServiceRecord(priority: 10, weight: 30, port: 1, target: "often"),
        ]
        var random = SeededRandom(seed: 7)
        var firsts: [String: Int] = [:]
        for _ in 0..<4000 {
            let ordered = ServiceRecord.ordered(records, &random)
            #expect(Set(ordered) == Set(records) && ordered.count == 4 && ordered[3].target == "last")
            firsts[ordered[0].target, default: 0] += 1
        }
        // 40 of 41 times one with weight is the first: three of four times the heavier one.
        #expect((0..<250).contains(firsts["never"] ?? 0))
        #expect((800..<1200).contains(firsts["some"] ?? 0))
        #expect((2700..<3200).contains(firsts["often"] ?? 0))
        #expect(ServiceRecord.ordered([], &random).isEmpty)
    }
}
