import Archive
import POP
import Simulation
import Testing

@testable import Catalog
@testable import Drain

@Suite struct ListingComparisonTests {
    /// What is archived under a name.
    private struct Archived {
        var octets: UInt64?
        var proof: GroupRecord.Proof
        var isAmbiguous = false
    }

    /// A message as it should be sorted in.
    private struct Sorted: Hashable {
        var number: UInt32
        var name: [UInt8]
        var octets: UInt64?
        /// `nil` for what is known.
        var isNameTrusted: Bool?
        var isKnownByName = false
        var needsContent = false
    }

    /// A maildrop, what is archived of it, and how the server lists it.
    private struct Case {
        var archived: [[UInt8]: Archived] = [:]
        var archivedOrder: [[UInt8]] = []
        /// The lines of UIDL and LIST, and the count of STAT.
        var names: [(number: UInt32, name: [UInt8])] = []
        var sizes: [(number: UInt32, octets: UInt64?)] = []
        var messageCount = 0
        var wantsContent = false

        init(_ seed: UInt64) {
            var random = Seeded(seed)
            func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
            func name() -> [UInt8] { chance(8) ? [] : [97 + UInt8.random(in: 0..<20, using: &random)] }
            func octets() -> UInt64? { chance(15) ? nil : UInt64.random(in: 1...3, using: &random) }
            for _ in 0..<Int.random(in: 0...15, using: &random) {
                let name = name()
                guard !name.isEmpty else { continue }
                if archived[name] != nil {
                    archived[name]!.isAmbiguous = true
                } else {
                    archived[name] = Archived(octets: octets(), proof: chance(70) ? .content : .header)
                }
                archivedOrder.append(name)
            }
            messageCount = Int.random(in: 0...12, using: &random)
            wantsContent = chance(50)
            let isSloppy = chance(60)
            for number in 0..<UInt32(messageCount) {
                if !(isSloppy && chance(15)) { names.append((number + 1, name())) }
                if !(isSloppy && chance(15)) { sizes.append((number + 1, octets())) }
            }
            guard isSloppy else { return }
            if chance(10) { names = [] }
            if chance(30) { names.shuffle(using: &random) }
            if chance(30) { sizes.shuffle(using: &random) }
            if chance(30) { names = names.flatMap { [$0, $0] } }
            if chance(30) { sizes = sizes.flatMap { [$0, $0] } }
            if chance(20), let line = names.randomElement(using: &random) {
                names.insert((line.number, name()), at: Int.random(in: 0...names.count, using: &random))
            }
        }

        /// As `MaildropListing` feeds it.
        func compared() -> (comparison: ListingComparison, checkpoints: Checkpoints) {
            var checkpoints = Checkpoints()
            var met: Set<[UInt8]> = []
            for name in archivedOrder where met.insert(name).inserted || archived[name]!.isAmbiguous {
                let entry = archived[name]!
                name.withUnsafeBytes { checkpoints.add($0, listedOctets: entry.octets, proof: entry.proof) }
            }
            var comparison = ListingComparison(checkpoints, wantsContent: wantsContent)
            for line in names { comparison.add(MessageNumber(line.number), UniqueID(line.name)) }
            var hasSizes = false
            func addSizes() {
                for line in sizes { comparison.add(MessageNumber(line.number), octets: line.octets) }
            }
            if comparison.count < messageCount {
                addSizes()
                hasSizes = true
            }
            if comparison.count < messageCount {
                for number in 1...UInt32(messageCount) { comparison.addUnnamed(MessageNumber(number)) }
            }
            comparison.finishNames()
            if !hasSizes { addSizes() }
            comparison.finishSizes()
            return (comparison, checkpoints)
        }

        /// The same by the words of the documentation.
        func expected() -> Set<Sorted> {
            let nameOf = Dictionary(names.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
            let sizeOf = Dictionary(sizes.map { ($0.number, $0.octets) }, uniquingKeysWith: { $1 })
            var numbers = Set(nameOf.keys)
            if numbers.count < messageCount { numbers.formUnion(sizeOf.keys) }
            if numbers.count < messageCount { numbers.formUnion(1...UInt32(messageCount)) }
            let met = Dictionary(grouping: nameOf.values.filter { !$0.isEmpty }, by: { $0 }).mapValues(\.count)
            let namesOf = Dictionary(grouping: names, by: \.number).mapValues { Set($0.map(\.name)) }
            var firstNumber: [[UInt8]: UInt32] = [:]
            for line in names where nameOf[line.number] == line.name && firstNumber[line.name] == nil {
                firstNumber[line.name] = line.number
            }
            return Set(
                numbers.map { number in
                    guard namesOf[number, default: []].count < 2 else {
                        return Sorted(number: number, name: [], octets: sizeOf[number] ?? nil, isNameTrusted: false)
                    }
                    let name = nameOf[number] ?? []
                    var sorted = Sorted(number: number, name: name, octets: sizeOf[number] ?? nil)
                    sorted.isNameTrusted = met[name] == 1
                    guard let held = archived[name], !name.isEmpty, !held.isAmbiguous else { return sorted }
                    // A header is no proof for a deletion.
                    if wantsContent, held.proof == .header {
                        sorted.needsContent = firstNumber[name] == number
                    } else if met[name] == 1 {
                        sorted.isKnownByName =
                            held.octets != nil && sorted.octets != nil && held.octets != sorted.octets
                        sorted.needsContent = sorted.isKnownByName && wantsContent
                        if !sorted.isKnownByName { sorted.isNameTrusted = nil }
                    }
                    return sorted
                })
        }
    }

    @Test("sorts what a server lists as the documentation says", arguments: 0..<1500 as Range<UInt64>)
    func model(seed: UInt64) {
        let test = Case(seed)
        let (comparison, checkpoints) = test.compared()
        var found = comparison.new.map {
            Sorted(
                number: $0.number.value, name: $0.uniqueID.bytes, octets: $0.octets, isNameTrusted: $0.isNameTrusted,
                isKnownByName: $0.isKnownByName, needsContent: $0.needsContent)
        }
        found += comparison.known.map {
            Sorted(number: $0.number.value, name: checkpoints.uniqueID(at: $0.checkpoint), octets: $0.octets)
        }
        #expect(Set(found) == test.expected() && found.count == comparison.count)
        #expect(comparison.new.map(\.number) == comparison.new.map(\.number).sorted())
        let named = Dictionary(test.names.map { ($0.number, $0.name) }, uniquingKeysWith: { first, _ in first })
        let gone = Set(test.archived.keys).subtracting(named.values)
        #expect(comparison.goneCount == gone.count)
    }

    @Test("needs no sizes where nothing is new and their sum is what it was")
    func sums() {
        var checkpoints = Checkpoints()
        for (name, octets) in [(1, 100), (2, 50)] as [(UInt8, UInt64)] {
            [name].withUnsafeBytes { checkpoints.add($0, listedOctets: octets, proof: .content) }
        }
        func comparison(_ names: [UInt8], _ checkpoints: Checkpoints) -> ListingComparison {
            var comparison = ListingComparison(checkpoints, wantsContent: false)
            for (index, name) in names.enumerated() {
                comparison.add(MessageNumber(UInt32(index + 1)), UniqueID([name]))
            }
            comparison.finishNames()
            return comparison
        }
        #expect(comparison([1, 2], checkpoints).isAsArchived(150))
        #expect(comparison([2], checkpoints).isAsArchived(50))
        #expect(!comparison([1, 2], checkpoints).isAsArchived(151))
        #expect(!comparison([1, 2], checkpoints).isAsArchived(nil))
        #expect(!comparison([1, 3], checkpoints).isAsArchived(150))
        // One size that was never told makes the sum worthless; where none was, there is nothing to compare.
        ([3] as [UInt8]).withUnsafeBytes { checkpoints.add($0, listedOctets: nil, proof: .content) }
        #expect(!comparison([1, 2, 3], checkpoints).isAsArchived(150))
        #expect(comparison([3], checkpoints).isAsArchived(7))
    }
}
