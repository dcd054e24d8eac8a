import Archive
import Catalog
import POP

/// Takes the lines of UIDL and LIST as they come, and sorts the messages into known and new.
struct ListingComparison {
    private let checkpoints: Checkpoints
    private let wantsContent: Bool
    private(set) var new = ListedMessages()
    private(set) var known: [MaildropListing.Known] = []
    /// Messages that LIST alone names, in its order.
    private var unnamed = ListedMessages()
    /// How often each checkpoint's name was met, up to 2.
    private var metCounts: [UInt8]
    private var hasAllNames = false
    /// Hashes of the names by number, once a number came out of order.
    private var nameHashes: [UInt32: Int] = [:]
    /// Numbers that came with several names.
    private var contradictory: Set<UInt32> = []
    private var isSizeKnown = false
    /// Whether lines came in the order of their numbers, as nearly always: no set is needed then.
    private var lastNumber: UInt32 = 0
    private var isAscending = true

    /// - Parameter wantsContent: takes no message for known whose header alone was compared, and has every doubtful one
    ///   fetched.
    init(_ checkpoints: Checkpoints, wantsContent: Bool) {
        self.checkpoints = checkpoints
        self.wantsContent = wantsContent
        metCounts = [UInt8](repeating: 0, count: checkpoints.count)
    }

    /// Messages so far, each number once.
    private(set) var count = 0

    /// Checkpoints whose names were not met.
    var goneCount: Int { metCounts.count { $0 == 0 } }

    /// A line of UIDL; one that repeats another is passed over, and one that contradicts it takes the name from both.
    mutating func add(_ number: MessageNumber, _ uniqueID: UniqueID) {
        guard isFirst(number, uniqueID.hashValue) else {
            if nameHashes[number.value] != uniqueID.hashValue { contradictory.insert(number.value) }
            return
        }
        count += 1
        guard let index = uniqueID.bytes.withUnsafeBytes({ checkpoints.index(of: $0) }) else {
            new.append(MaildropListing.Entry(number: number, uniqueID: uniqueID))
            return
        }
        if metCounts[index] == 0 {
            metCounts[index] = 1
            if checkpoints[index].isAmbiguous {
                new.append(MaildropListing.Entry(number: number, uniqueID: uniqueID))
            } else if wantsContent, checkpoints[index].proof == .header {
                new.append(MaildropListing.Entry(number: number, uniqueID: uniqueID, needsContent: true))
            } else {
                known.append(MaildropListing.Known(number: number, checkpoint: index))
            }
        } else {
            metCounts[index] = 2
            new.append(MaildropListing.Entry(number: number, uniqueID: uniqueID))
        }
    }

    /// A line of LIST.
    mutating func add(_ number: MessageNumber, octets: UInt64?) {
        if !isSizeKnown {
            isSizeKnown = true
            new.sortByNumber()
            known.sort { $0.number < $1.number }
        }
        if let index = new.index(of: number) {
            new.setOctets(octets, at: index)
        } else if let index = known.indexOf(number, \.number) {
            known[index].octets = octets
        } else if !hasAllNames {
            addUnnamed(number, octets: octets)
        }
    }

    /// A message that UIDL did not name, unless it is there already.
    mutating func addUnnamed(_ number: MessageNumber, octets: UInt64? = nil) {
        guard isFirst(number, 0) else { return }
        count += 1
        unnamed.append(MaildropListing.Entry(number: number, uniqueID: UniqueID([]), octets: octets))
    }

    /// All names were met: those that stand for several messages are trusted for none.
    mutating func finishNames() {
        hasAllNames = true
        new.append(contentsOf: unnamed)
        unnamed = ListedMessages()
        let twice = Set(metCounts.indices.filter { metCounts[$0] == 2 })
        if !twice.isEmpty {
            for entry in known where twice.contains(entry.checkpoint) {
                let name = UniqueID(checkpoints.uniqueID(at: entry.checkpoint))
                new.append(MaildropListing.Entry(number: entry.number, uniqueID: name, octets: entry.octets))
            }
            known.removeAll { twice.contains($0.checkpoint) }
        }
        new.trustSoleNames()
        if !contradictory.isEmpty { dropContradictoryNames() }
        new.sortByNumber()
    }

    private mutating func dropContradictoryNames() {
        func nameless(_ number: MessageNumber, _ octets: UInt64?) -> MaildropListing.Entry {
            MaildropListing.Entry(number: number, uniqueID: UniqueID([]), octets: octets)
        }
        var kept = ListedMessages()
        for entry in new {
            kept.append(contradictory.contains(entry.number.value) ? nameless(entry.number, entry.octets) : entry)
        }
        for entry in known where contradictory.contains(entry.number.value) {
            kept.append(nameless(entry.number, entry.octets))
        }
        new = kept
        known.removeAll { contradictory.contains($0.number.value) }
    }

    /// Whether nothing is new and all sizes together are what they were: then each is, and no scan listing is needed.
    func isAsArchived(_ octets: UInt64?) -> Bool {
        guard new.isEmpty else { return false }
        var sum: UInt64 = 0
        var sizeCount = 0
        for entry in known {
            guard let listed = checkpoints[entry.checkpoint].listedOctets else { continue }
            sum &+= listed
            sizeCount += 1
        }
        // Where no size was ever told, none can tell anything now.
        return sizeCount == 0 || (sizeCount == known.count && octets == sum)
    }

    /// All sizes were met: a name that is archived with another size may have been given to another message.
    mutating func finishSizes() {
        let doubtful = known.filter { entry in
            guard let listed = checkpoints[entry.checkpoint].listedOctets, let octets = entry.octets else {
                return false
            }
            return listed != octets
        }
        guard !doubtful.isEmpty else { return }
        let numbers = Set(doubtful.map(\.number))
        known.removeAll { numbers.contains($0.number) }
        for entry in doubtful {
            let name = UniqueID(checkpoints.uniqueID(at: entry.checkpoint))
            new.append(
                MaildropListing.Entry(
                    number: entry.number, uniqueID: name, octets: entry.octets, isNameTrusted: true,
                    isKnownByName: true, needsContent: wantsContent))
        }
        new.sortByNumber()
    }

    private mutating func isFirst(_ number: MessageNumber, _ nameHash: Int) -> Bool {
        let value = number.value
        if isAscending, value > lastNumber {
            lastNumber = value
            return true
        }
        if isAscending {
            isAscending = false
            for entry in new { nameHashes[entry.number.value] = entry.uniqueID.hashValue }
            for entry in unnamed { nameHashes[entry.number.value] = 0 }
            for entry in known {
                let name = UniqueID(checkpoints.uniqueID(at: entry.checkpoint))
                nameHashes[entry.number.value] = name.hashValue
            }
        }
        guard nameHashes[value] == nil else { return false }
        nameHashes[value] = nameHash
        return true
    }
}

extension Array {
    /// The place of a message number in an array that is sorted by it.
    func indexOf(_ number: MessageNumber, _ key: (Element) -> MessageNumber) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if key(self[middle]) < number { low = middle + 1 } else { high = middle }
        }
        return low < count && key(self[low]) == number ? low : nil
    }
}
