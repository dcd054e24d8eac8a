import POP

/// Messages of a listing in few bytes each: a million of them are a few arrays, not a million pieces of memory.
struct ListedMessages: RandomAccessCollection, Sendable {
    private struct Marks: OptionSet {
        let rawValue: UInt8

        static let isNameTrusted = Marks(rawValue: 1)
        static let isKnownByName = Marks(rawValue: 2)
        static let needsContent = Marks(rawValue: 4)
    }

    private var numbers: [MessageNumber] = []
    /// `unknownOctets` where the scan listing says nothing.
    private var sizes: [UInt64] = []
    private var marks: [Marks] = []
    /// The unique-ids one behind the other.
    private var names: [UInt8] = []
    /// Where each ends in `names`.
    private var nameEnds: [UInt32] = []

    private static let unknownOctets = UInt64.max

    var startIndex: Int { 0 }
    var endIndex: Int { numbers.count }

    subscript(index: Int) -> MaildropListing.Entry {
        let marks = marks[index]
        return MaildropListing.Entry(
            number: numbers[index], uniqueID: UniqueID(names[nameRange(index)]), octets: octets(at: index),
            isNameTrusted: marks.contains(.isNameTrusted), isKnownByName: marks.contains(.isKnownByName),
            needsContent: marks.contains(.needsContent))
    }

    func octets(at index: Int) -> UInt64? { sizes[index] == Self.unknownOctets ? nil : sizes[index] }

    func isNameTrusted(at index: Int) -> Bool { marks[index].contains(.isNameTrusted) }

    mutating func setOctets(_ octets: UInt64?, at index: Int) { sizes[index] = octets ?? Self.unknownOctets }

    mutating func append(_ entry: MaildropListing.Entry) {
        numbers.append(entry.number)
        sizes.append(entry.octets ?? Self.unknownOctets)
        var marks: Marks = []
        if entry.isNameTrusted { marks.insert(.isNameTrusted) }
        if entry.isKnownByName { marks.insert(.isKnownByName) }
        if entry.needsContent { marks.insert(.needsContent) }
        self.marks.append(marks)
        names.append(contentsOf: entry.uniqueID.bytes)
        nameEnds.append(UInt32(names.count))
    }

    mutating func append(contentsOf others: ListedMessages) {
        for entry in others { append(entry) }
    }

    /// The place of a message among those that are sorted by number.
    func index(of number: MessageNumber) -> Int? { numbers.indexOf(number, \.self) }

    mutating func sortByNumber() {
        guard zip(numbers, numbers.dropFirst()).contains(where: { $1 < $0 }) else { return }
        var sorted = ListedMessages()
        for index in indices.sorted(by: { numbers[$0] < numbers[$1] }) { sorted.append(self[index]) }
        self = sorted
    }

    /// Trusts the unique-ids that one message alone has.
    mutating func trustSoleNames() {
        for index in indices where !nameRange(index).isEmpty { marks[index].insert(.isNameTrusted) }
        // Open addressing by hash: an index, or -1. A power of two long, at most half full.
        var slots = [Int32](repeating: -1, count: 1 << (Int.bitWidth - (2 * count).leadingZeroBitCount))
        for index in indices where !nameRange(index).isEmpty {
            var slot = nameHash(index) & (slots.count - 1)
            while slots[slot] >= 0, !isSameName(Int(slots[slot]), index) { slot = (slot + 1) & (slots.count - 1) }
            if slots[slot] >= 0 {
                marks[index].remove(.isNameTrusted)
                marks[Int(slots[slot])].remove(.isNameTrusted)
            } else {
                slots[slot] = Int32(index)
            }
        }
    }

    private func nameRange(_ index: Int) -> Range<Int> {
        (index == 0 ? 0 : Int(nameEnds[index - 1]))..<Int(nameEnds[index])
    }

    private func nameHash(_ index: Int) -> Int {
        var hasher = Hasher()
        names.withUnsafeBytes { hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[nameRange(index)])) }
        return hasher.finalize()
    }

    private func isSameName(_ one: Int, _ other: Int) -> Bool {
        names[nameRange(one)].elementsEqual(names[nameRange(other)])
    }
}
