package import Archive
import Glibc

/// The unique-ids of one account that are archived, held in few bytes so that a listing can be compared as it streams by.
///
/// Not a dictionary of arrays: a maildrop of a million messages would be a million small pieces of memory.
package struct Checkpoints: Sendable {
    package struct Entry: Sendable {
        /// What the scan listing said when it was archived, or else the size that it had, in octets.
        package let listedOctets: UInt64?
        package let proof: GroupRecord.Proof
        /// The unique-id stands for several messages, and so for none.
        package let isAmbiguous: Bool
    }

    private var names: [UInt8] = []
    /// Where each name ends in `names`.
    private var ends: [UInt32] = []
    /// What the scan listing said; `unknownOctets` for nothing.
    private var sizes: [UInt64] = []
    private var proofs: [GroupRecord.Proof] = []
    /// Indices of names that stand for several messages.
    private var ambiguous: Set<Int> = []
    private static let unknownOctets = UInt64.max
    /// Open addressing by hash: an index, or -1. A power of two long, at most half full.
    private var slots: [Int32] = []

    package init() {}

    package var count: Int { sizes.count }

    /// Whether any has a unique-id.
    package var hasNames: Bool { !names.isEmpty }

    package subscript(index: Int) -> Entry {
        let octets = sizes[index] == Self.unknownOctets ? nil : sizes[index]
        return Entry(
            listedOctets: octets, proof: proofs[index],
            isAmbiguous: !ambiguous.isEmpty && ambiguous.contains(index))
    }

    /// The index of a unique-id; `nil` when it is not archived. An empty one never is.
    package func index(of uniqueID: UnsafeRawBufferPointer) -> Int? {
        guard !slots.isEmpty, !uniqueID.isEmpty else { return nil }
        let slot = names.withUnsafeBytes { self.slot(of: uniqueID, in: $0) }
        return slots[slot] < 0 ? nil : Int(slots[slot])
    }

    /// The unique-id at an index.
    package func uniqueID(at index: Int) -> [UInt8] { Array(names[range(index)]) }

    /// Adds a checkpoint; a second one of the same name makes it ambiguous.
    mutating func add(_ uniqueID: UnsafeRawBufferPointer, listedOctets: UInt64?, proof: GroupRecord.Proof) {
        if let known = index(of: uniqueID) {
            ambiguous.insert(known)
            return
        }
        if 2 * (count + 1) > slots.count { growSlots() }
        names.append(contentsOf: uniqueID)
        ends.append(UInt32(names.count))
        sizes.append(listedOctets ?? Self.unknownOctets)
        proofs.append(proof)
        place(count - 1)
    }

    private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index]) }

    private mutating func growSlots() {
        slots = [Int32](repeating: -1, count: max(64, slots.count * 2))
        for index in sizes.indices { place(index) }
    }

    private mutating func place(_ index: Int) {
        let range = range(index)
        let slot = names.withUnsafeBytes { self.slot(of: UnsafeRawBufferPointer(rebasing: $0[range]), in: $0) }
        slots[slot] = Int32(index)
    }

    /// The slot that holds a name, or the free one where it belongs.
    private func slot(of name: UnsafeRawBufferPointer, in names: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: name)
        var slot = hasher.finalize() & (slots.count - 1)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            let other = UnsafeRawBufferPointer(rebasing: names[range(index)])
            if other.count == name.count, memcmp(other.baseAddress!, name.baseAddress!, name.count) == 0 { break }
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }
}
