import Archive
import Catalog
import Foundation
import Mail
import Simulation

/// Groups of messages as a catalogue gets them, with no mail behind them: random digests, facts of made-up headers, 2.5
/// segments a message, eight accounts a group. All of it is a function of the number of the message.
struct SyntheticMail {
    /// As a run's commit points.
    static let messagesPerGroup = 2000
    /// The account that gets one message in twenty, until it has this many.
    static let largeAccount = "account0"
    static let largeAccountLimit = 50_000
    /// How many segments messages have, in turn.
    private static let segmentCounts = [1, 2, 2, 2, 2, 3, 3, 3, 3, 4]
    private static let accountsPerGroup = 8
    /// Of a segment, as stored.
    private static let segmentOctets: UInt64 = 4000

    private let accounts: Int
    private var words = SampleWords(seed: 1939)
    private(set) var messageCount = 0
    private var groupCount = 0
    private var largeAccountCount = 0
    private var volumeLength: UInt64 = 0

    init(accounts: Int) { self.accounts = accounts }

    /// The digest of a segment of a message; the first is the message's own where it has no other.
    static func segment(_ index: Int, ofMessage number: Int) -> Digest { digest(UInt64(number) << 3 | UInt64(index)) }

    static func segmentCount(ofMessage number: Int) -> Int { segmentCounts[number % segmentCounts.count] }

    static func message(_ number: Int) -> Digest {
        segmentCount(ofMessage: number) == 1 ? segment(0, ofMessage: number) : digest(UInt64(number) << 3 | 7)
    }

    private static func digest(_ number: UInt64) -> Digest { withUnsafeBytes(of: number, Digest.of) }

    mutating func nextGroup(messages count: Int) -> CatalogGroup {
        var group = CatalogGroup(
            record: GroupRecord(run: GroupRecord.Run(id: "20260101T000000Z-000000", started: 1_767_225_600)))
        let firstAccount = groupCount * Self.accountsPerGroup % max(1, accounts - 1)
        var names: Set<String> = []
        let file = ArchiveLayout.volume(1 + Int(volumeLength >> 30))
        for number in messageCount..<messageCount + count {
            let account = account(ofMessage: number, behind: firstAccount)
            names.insert(account)
            let isWhole = Self.segmentCount(ofMessage: number) == 1
            let digest = Self.message(number)
            let path =
                isWhole ? ArchiveLayout.whole(account: account, digest) : ArchiveLayout.list(account: account, digest)
            let segments = (0..<Self.segmentCount(ofMessage: number)).map { Self.segment($0, ofMessage: number) }
            for segment in segments {
                let place = Place(
                    file: file, memberOffset: volumeLength, innerOffset: UInt32(volumeLength % 131_072),
                    length: Self.segmentOctets)
                group.segments.append(
                    CatalogGroup.Segment(digest: segment, place: place, entry: isWhole ? path : nil))
                volumeLength += Self.segmentOctets
            }
            let size = UInt64(segments.count) * Self.segmentOctets
            let header = words.header(number: number)
            let facts = header.withUnsafeBytes { HeaderFacts(headerBytes: $0) }
            group.messages.append(CatalogGroup.Message(digest: digest, size: size, segments: segments, facts: facts))
            group.record.messages.append(
                GroupRecord.Message(
                    account: account, uniqueID: Array(String(format: "%08x5f3e1b2a", number).utf8), digest: digest,
                    size: size, listedOctets: size, isSole: true, path: path, archived: 1_767_225_600))
        }
        group.files = [CatalogGroup.File(path: file, length: volumeLength, state: .open)]
        group.record.accounts = names.map {
            GroupRecord.Account(name: $0, host: "pop.example.org", port: 995, user: $0)
        }
        messageCount += count
        groupCount += 1
        return group
    }

    private mutating func account(ofMessage number: Int, behind first: Int) -> String {
        if number % 20 == 0, largeAccountCount < Self.largeAccountLimit {
            largeAccountCount += 1
            return Self.largeAccount
        }
        return "account\(1 + (first + number % Self.accountsPerGroup) % max(1, accounts - 1))"
    }
}
