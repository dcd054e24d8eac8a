import Archive
import Foundation
import Mail
import Manifest
import Platform
import Retrieval
import Testing

@testable import Catalog
@testable import Drain

/// An archive that a test damages and repairs.
struct RepairBench {
    let builder: ArchiveBuilder
    let mails: [ArchiveBuilder.Mail]

    var scratch: Scratch { builder.scratch }
    var layout: ArchiveLayout { builder.layout }

    /// Two runs of mail of three accounts.
    init(_ format: ArchiveFormat = .tar, volumeByteLimit: UInt64 = 1 << 18) async throws {
        builder = ArchiveBuilder(scratch: Scratch(), format: format, volumeByteLimit: volumeByteLimit)
        try await builder.run(ArchiveBuilder.sample())
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        mails = Array((ArchiveBuilder.sample() + ArchiveBuilder.sample(seed: 9)).joined())
    }

    init(_ groups: [[ArchiveBuilder.Mail]], _ format: ArchiveFormat = .tar) async throws {
        builder = ArchiveBuilder(scratch: Scratch(), format: format)
        try await builder.run(groups)
        mails = Array(groups.joined())
    }

    /// An archive that holds these.
    init(_ builder: ArchiveBuilder, _ mails: [ArchiveBuilder.Mail]) {
        self.builder = builder
        self.mails = mails
    }

    /// An account and a message of it.
    struct Held: Hashable {
        let account: String
        let message: Digest
    }

    /// What the archive should hold.
    var all: Set<Held> { Set(mails.map { Held(account: $0.account, message: $0.digest) }) }

    /// What the archive holds and gives back byte for byte.
    func readable() throws -> Set<Held> {
        let reader = try ArchiveReader(layout)
        var result: Set<Held> = []
        try reader.catalog.forEachMessage(MessageFilter()) {
            result.insert(Held(account: $0.account, message: $0.digest))
        }
        return result.filter { (try? reader.contents(of: $0.message)) != nil }
    }

    func rows() throws -> [String: [String]] { try CatalogRows.all(Catalog(layout, .read)) }

    func damages() throws -> [Verification.Damage] { try Verification(layout, workerCount: 2).run(sample: 1).damages }

    func repair(from sources: [String] = []) async throws -> Repair.Outcome {
        try await Repair(layout, sources: sources, volumeByteLimit: builder.volumeByteLimit).run { _ in }
    }

    /// A run that learns of ann's messages on the server: the size and the sole name of one, another name of it, known by
    /// its header, deletions, and what could not be had, and could later.
    func runWithNotes() async throws {
        let ann = builder.account("ann")
        let message = try builder.received(Array("Message-ID: <1@h>\r\nSubject: known\r\n\r\nknown\r\n".utf8))
        let other = try builder.received(Array("Message-ID: <2@h>\r\nSubject: before\r\n\r\nbefore\r\n".utf8))
        try await builder.write { committer in
            _ = try await committer.add(other, as: ListedName(uniqueID: Array("sole".utf8)), account: ann)
            try await committer.settle()
            let name = ListedName(uniqueID: Array("sole".utf8), octets: 4321, isSole: true)
            _ = try await committer.add(message, as: name, account: ann)
            var notes = AccountNotes(ann)
            notes.quarantines = ["bad", "out"].map {
                GroupRecord.Quarantine(account: "ann", uniqueID: Array($0.utf8), tries: 3, reason: "-ERR no", time: 7)
            }
            try await committer.add(notes)
            try await committer.settle()
            let path = try await committer.catalog.holding(message.digest, account: "ann") ?? ""
            try await committer.map(
                FingerprintedMessage(digest: message.digest, size: message.size, path: path),
                as: ListedName(uniqueID: Array("renamed".utf8), octets: 77), proof: .header, account: ann)
            notes.deletions = [
                GroupRecord.Deletion(account: "ann", uniqueID: Array("1".utf8), state: .requested, time: 8),
                GroupRecord.Deletion(account: "ann", uniqueID: Array("4".utf8), state: .confirmed, time: 8),
            ]
            notes.quarantines = [
                GroupRecord.Quarantine(
                    account: "ann", uniqueID: Array("bad".utf8), tries: 4, reason: "-ERR never", time: 9),
                GroupRecord.Quarantine(account: "ann", uniqueID: Array("out".utf8), tries: 4, reason: nil, time: 9),
            ]
            try await committer.add(notes)
            try await committer.settle()
            return [GroupRecord.Result(account: "ann")]
        }
    }

    /// Copies the archive as it is; the path of the copy.
    func copy(as name: String = "copy") throws -> String {
        #expect(try scratch.shell("cp -a archive \(name)").status == 0)
        return "\(scratch.path)/\(name)"
    }

    /// What a repair tells, account by account.
    static func held(_ messages: [Repair.Message]) -> Set<Held> {
        Set(messages.flatMap { message in message.accounts.map { Held(account: $0, message: message.digest) } })
    }

    /// The SHA-256 of every file of mail.
    func checksums(of folder: String = "archive") throws -> [String] {
        let files = "find volumes mbox damaged -type f 2>/dev/null | sort | xargs -r sha256sum"
        return try scratch.shell("cd \(folder) && \(files)").output.split(separator: "\n").map(String.init)
    }

    /// What must be so after any repair: verification and a new catalogue agree with it, plain tools get all of it.
    func expectSound(
        holding expected: Set<Held>, location: Testing.SourceLocation = #_sourceLocation
    ) async throws {
        let damages = try damages()
        #expect(damages.isEmpty, "\(damages)", sourceLocation: location)
        let held = try readable()
        #expect(
            held == expected, "missing \(expected.subtracting(held)), surplus \(held.subtracting(expected))",
            sourceLocation: location)
        let before = try rows()
        let rebuilt = try Reindex(layout).run { _ in }
        #expect(rebuilt.damages.isEmpty, "\(rebuilt.damages)", sourceLocation: location)
        let after = try rows()
        for table in before.keys.sorted() {
            #expect(before[table] == after[table], "\(table) after a reindex", sourceLocation: location)
        }
        try expectRestored(expected, location)
        #expect(try await repair().isNothing, "a second repair", sourceLocation: location)
    }

    private func expectRestored(_ expected: Set<Held>, _ location: Testing.SourceLocation) throws {
        let steps = try RecoverySteps.read(scratch)
        let copying = "rm -rf restoring && cp -a archive restoring && cd restoring\n"
        let restored = try scratch.shell(copying + steps.joined())
        if builder.format == .tar {
            let failed = restored.output.split(separator: "\n").filter { !$0.hasSuffix(": OK") }
            #expect(failed.isEmpty || expected != all, "\(failed)", sourceLocation: location)
            for mail in mails where expected.contains(Held(account: mail.account, message: mail.digest)) {
                let path = ArchiveLayout.whole(account: mail.account, mail.digest)
                #expect(try scratch.bytes("restoring/restored/\(path)") == mail.bytes, sourceLocation: location)
            }
        } else {
            let zcat = try scratch.shell("cd archive && for f in mbox/*/*.mbox.gz; do zcat $f > /dev/null; done")
            #expect(zcat.status == 0 && zcat.output.isEmpty, "\(zcat.output)", sourceLocation: location)
        }
    }
}
