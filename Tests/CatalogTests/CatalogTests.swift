import Archive
import Catalog
import Foundation
import GRDB
import Mail
import Platform
import Testing

@Suite struct CatalogTests {
    private static let names = ["one", "two", "three"]

    private func digest(_ text: String) -> Digest { Array(text.utf8).withUnsafeBytes { Digest.of($0) } }

    private func facts(_ header: String) -> HeaderFacts {
        Array((header + "\r\n\r\n").utf8).withUnsafeBytes { HeaderFacts(headerBytes: $0) }
    }

    private func open(_ scratch: Scratch, _ mode: Catalog.Mode = .write) throws -> Catalog {
        try FileSystem.makeDirectories(scratch.layout.root)
        return try Catalog(scratch.layout, mode)
    }

    /// Three messages of two accounts.
    private func group() -> CatalogGroup {
        let run = GroupRecord.Run(id: "20261121T022900Z-000001", started: 1_763_692_140)
        var group = CatalogGroup(record: GroupRecord(run: run))
        group.files = [CatalogGroup.File(path: "volumes/000001.tar.gz", length: 1000, state: .open)]
        let headers = [
            "From: \"Müller, Jörg\" <joerg@example.org>\r\nTo: ann@example.org\r\nSubject: AND OR NOT\r\nDate: Thu, 20 Nov 2025 10:00:00 +0000",
            "From: bob@example.org\r\nTo: list@example.org\r\nCc: ann@example.org\r\nSubject: subject:x NEAR(a b) ^c\r\nDate: Fri, 21 Nov 2025 10:00:00 +0000",
            "From: carol@example.org\r\nSubject: 100% \"quoted\" report-2025",
        ]
        for (index, header) in headers.enumerated() {
            let segment = digest("segment \(index)")
            let shared = digest("shared")
            group.segments.append(
                CatalogGroup.Segment(
                    digest: segment,
                    place: Place(
                        file: "volumes/000001.tar.gz", memberOffset: 1 << 40, innerOffset: UInt32(index), length: 10),
                    entry: index == 2 ? "mail/ann/three.eml" : nil))
            if index == 0 {
                group.segments.append(
                    CatalogGroup.Segment(
                        digest: shared,
                        place: Place(file: "volumes/000001.tar.gz", memberOffset: 7, innerOffset: 512, length: 99)))
            }
            group.messages.append(
                CatalogGroup.Message(
                    digest: digest(Self.names[index]), size: 109, segments: [segment, shared, shared],
                    facts: facts(header)))
        }
        group.record.accounts = ["ann", "bob"].map { GroupRecord.Account(name: $0, host: "h", port: 995, user: $0) }
        for (account, name, uid) in [
            ("ann", "one", "1"), ("ann", "two", "2"), ("bob", "one", "1"), ("bob", "three", "1"),
        ] {
            group.record.messages.append(
                GroupRecord.Message(
                    account: account, uniqueID: Array(uid.utf8), digest: digest(name), size: 109,
                    path: "mail/\(account)/\(name).parts", archived: 5))
        }
        var result = GroupRecord.Result(account: "ann")
        (result.listed, result.archived, result.seconds) = (2, 2, 1.5)
        group.record.results = [result]
        return group
    }

    @Test("adding a group twice changes nothing")
    func idempotent() throws {
        let scratch = Scratch()
        let catalog = try open(scratch)
        try catalog.commit(group())
        let once = try CatalogRows.all(catalog)
        try catalog.commit(group())
        #expect(try CatalogRows.all(catalog) == once)
    }

    @Test("adds all of a group or nothing")
    func atomic() throws {
        let catalog = try open(Scratch())
        var broken = group()
        broken.messages.append(
            CatalogGroup.Message(digest: digest("four"), size: 1, segments: [digest("unknown")], facts: facts("")))
        #expect(throws: ArchiveError.self) { try catalog.commit(broken) }
        #expect(try CatalogRows.all(catalog).values.allSatisfy(\.isEmpty))
    }

    @Test("keeps the newest record, and gives all that it says one by one")
    func contents() throws {
        let catalog = try open(Scratch())
        #expect(try catalog.lastRecord() == nil)
        var group = group()
        for name in ["first", "second"] {
            group.recordDigest = digest(name)
            try catalog.commit(group)
            #expect(try catalog.lastRecord() == digest(name))
        }
        group.recordDigest = nil
        try catalog.commit(group)
        #expect(try catalog.lastRecord() == digest("second"))
        #expect(try catalog.committed().lastRecord == digest("second"))
        #expect(try catalog.accounts()["bob"] == GroupRecord.Account(name: "bob", host: "h", port: 995, user: "bob"))
        var checkpoints: [GroupRecord.Message] = []
        try catalog.forEachHolding { account, message, hasCheckpoint in
            #expect(account.name == message.account && hasCheckpoint)
            checkpoints.append(message)
        }
        let order = { (left: GroupRecord.Message, right: GroupRecord.Message) in
            (left.account, left.digest) < (right.account, right.digest)
        }
        // Bob's unique-id stands for two messages, each of Ann's for one.
        let expected = group.record.messages.map {
            var message = $0
            message.isSole = message.account == "ann"
            return message
        }
        #expect(checkpoints.sorted(by: order) == expected.sorted(by: order))
        var segments: [Digest: Place] = [:]
        try catalog.forEachSegment { segments[$0] = $1 }
        #expect(segments.count == 4 && segments[digest("shared")]?.innerOffset == 512)
        var results: [String] = []
        try catalog.forEachResult { run, result in results.append("\(run.id) \(result.account) \(result.archived)") }
        #expect(results == ["20261121T022900Z-000001 ann 2"])
        #expect(try catalog.hasResult(of: "20261121T022900Z-000001", account: "ann"))
        #expect(try !catalog.hasResult(of: "20261121T022900Z-000001", account: "bob"))
        let ofOne = try catalog.checkpoints(ofUniqueID: [49], account: "bob")
        #expect(Set(ofOne.map(\.message)) == [digest("one"), digest("three")])
        #expect(try catalog.messages(needing: [digest("segment 1")]) == [digest("two")])
        #expect(try catalog.messages(needing: [digest("shared"), digest("unknown")]).count == 3)
        #expect(try catalog.messages(needing: []).isEmpty)
    }

    @Test("refuses a catalogue of an earlier version, with the remedy", arguments: [Catalog.Mode.read, .write])
    func older(mode: Catalog.Mode) throws {
        let scratch = Scratch()
        try open(scratch).database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 1") }
        let error = #expect(throws: ArchiveError.self) { _ = try self.open(scratch, mode) }
        #expect(error?.code == .olderCatalogue)
        #expect(error?.description.contains("mailcask reindex \(scratch.layout.root)") == true)
    }

    @Test("forgets the unique-ids of an account that moves to another server, and keeps its messages")
    func moving() throws {
        let scratch = Scratch()
        let catalog = try open(scratch)
        try catalog.commit(group())
        var moved = CatalogGroup(record: GroupRecord(run: GroupRecord.Run(id: "later", started: 9)))
        let bob = GroupRecord.Account(name: "bob", host: "new", port: 995, user: "bob")
        moved.record.accounts = [bob]
        moved.record.results = [GroupRecord.Result(account: "bob")]
        try catalog.commit(moved)
        #expect(try catalog.maildropState(of: bob).checkpoints.count == 0)
        #expect(try catalog.holding(digest("one"), account: "bob") == "mail/bob/one.parts")
    }

    @Test("answers what it was told, and nothing else")
    func lookups() throws {
        let scratch = Scratch()
        let catalog = try open(scratch)
        #expect(try catalog.holdsMboxMail() == nil)
        try catalog.commit(group())
        for catalog in [catalog, try open(scratch, .read)] {
            #expect(try catalog.hasMessage(digest("one")) && !catalog.hasMessage(digest("four")))
            #expect(try catalog.hasSegment(digest("shared")) && !catalog.hasSegment(digest("one")))
            #expect(try catalog.holding(digest("one"), account: "bob") == "mail/bob/one.parts")
            #expect(try catalog.holding(digest("two"), account: "bob") == nil)
            #expect(try catalog.holding(digest("one"), account: "nobody") == nil)
            #expect(try catalog.entry(of: digest("shared")) == ArchiveLayout.part(digest("shared")))
            #expect(try catalog.entry(of: digest("segment 2")) == "mail/ann/three.eml")
            #expect(try catalog.place(of: digest("shared"))?.innerOffset == 512)
            #expect(try catalog.places(of: digest("one"))?.map(\.length) == [10, 99, 99])
            #expect(try catalog.places(of: digest("four")) == nil)
            #expect(
                try catalog.segments(of: digest("two")) == [digest("segment 1"), digest("shared"), digest("shared")])
            let bob = GroupRecord.Account(name: "bob", host: "h", port: 995, user: "bob")
            let checkpoints = try catalog.maildropState(of: bob).checkpoints
            #expect(checkpoints.count == 1 && checkpoints[0].isAmbiguous && checkpoints.uniqueID(at: 0) == [49])
            for other in [
                GroupRecord.Account(name: "nobody", host: "h", port: 995, user: "bob"),
                GroupRecord.Account(name: "bob", host: "new", port: 995, user: "bob"),
                GroupRecord.Account(name: "bob", host: "h", port: 110, user: "bob"),
                GroupRecord.Account(name: "bob", host: "h", port: 995, user: "rob"),
            ] {
                #expect(try catalog.maildropState(of: other).checkpoints.count == 0)
            }
            #expect(try catalog.holders(of: digest("one")) == ["ann", "bob"])
            #expect(try catalog.allDigests().count == 3)
            #expect(try catalog.holdsMboxMail() == false)
            #expect(try catalog.files(prefix: "volumes/").keys.sorted() == ["volumes/000001.tar.gz"])
            #expect(try catalog.files(prefix: "mbox/").isEmpty)
            #expect(try catalog.lastRuns().mapValues(\.seconds) == ["ann": 1.5])
            let status = try catalog.accountStatuses()
            #expect(status.map(\.name) == ["ann", "bob"])
            #expect(status.map(\.checkpointCount) == [2, 2])
            #expect(status[0].lastResult?.archived == 2 && status[1].lastResult == nil)
            #expect(try catalog.totals().octets == 327)
            #expect(
                try catalog.digests(withPrefix: String(digest("one").hex.prefix(9)).uppercased(), limit: 2) == [
                    digest("one")
                ])
            #expect(try catalog.digests(withPrefix: "", limit: 9).isEmpty)
            #expect(try catalog.digests(withPrefix: "xyz", limit: 9).isEmpty)
        }
    }

    private struct Query: CustomTestStringConvertible, Sendable {
        let name: String
        let expected: [String]
        let set: @Sendable (inout MessageFilter) -> Void
        var testDescription: String { name }

        init(_ name: String, _ expected: [String], _ set: @escaping @Sendable (inout MessageFilter) -> Void) {
            (self.name, self.expected, self.set) = (name, expected, set)
        }
    }

    private static let queries: [Query] = [
        Query("all", ["one", "two", "one", "three"]) { _ in },
        Query("accounts", ["one", "three"]) { $0.accounts = ["bob"] },
        Query("an unknown account", []) { $0.accounts = ["x' OR 1 --"] },
        Query("operators as words", ["one", "one"]) { $0.words = ["AND", "NOT"] },
        Query("an operator that no header holds", []) { $0.words = ["AND NEAR"] },
        Query("an expression", ["two"]) { $0.words = ["NEAR(a", "b)"] },
        Query("a column", ["two"]) { $0.words = ["subject:x"] },
        Query("quotes", ["three"]) { $0.words = ["\"quoted\""] },
        Query("quotes within", ["three"]) { $0.words = ["\"quo\"ted"] },
        Query("marks alone", []) { $0.words = ["\"", "*", "--"] },
        Query("NUL", []) { $0.words = ["\0"] },
        Query("a hyphen", ["three"]) { $0.words = ["report-2025"] },
        Query("beginnings", ["three"]) { $0.words = ["rep*"] },
        Query("no beginnings unasked", []) { $0.words = ["rep"] },
        Query("no accents needed", ["one", "one"]) { $0.words = ["muller"] },
        Query("from", ["one", "one"]) { $0.from = "joerg@example.org" },
        Query("from is not to", []) { $0.from = "ann@example.org" },
        Query("to, in Cc too", ["one", "two", "one"]) { $0.to = "ann@example.org" },
        Query("subject", ["two"]) { $0.subject = "near x" },
        Query("since", ["two"]) { $0.since = 1_763_719_200 },
        Query("before", ["one", "one"]) { $0.before = 1_763_719_200 },
        Query("all at once", ["two"]) {
            ($0.accounts, $0.words, $0.from, $0.since) = (["ann"], ["near"], "bob", 1_763_719_200)
        },
    ]

    @Test("finds by words, taking nothing in them for syntax", arguments: queries)
    private func search(query: Query) throws {
        let catalog = try open(Scratch())
        try catalog.commit(group())
        var filter = MessageFilter()
        query.set(&filter)
        var found: [Digest] = []
        try catalog.forEachMessage(filter) { found.append($0.digest) }
        #expect(found.count == query.expected.count)
        #expect(Set(found) == Set(query.expected.map(digest)))
    }

    @Test("refuses a catalogue of a later version, with the remedy", arguments: [Catalog.Mode.read, .write])
    func newer(mode: Catalog.Mode) throws {
        let scratch = Scratch()
        try open(scratch).database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
        let error = #expect(throws: ArchiveError.self) { _ = try self.open(scratch, mode) }
        #expect(error?.code == .newerFormat(found: 99))
        #expect(error?.description.contains("update") == true && error?.description.contains("reindex") == true)
    }

    @Test("says that a file of garbage is damaged, with the remedy", arguments: [Catalog.Mode.read, .write])
    func garbage(mode: Catalog.Mode) throws {
        let scratch = Scratch()
        try scratch.write("archive/catalog.sqlite", Seeded.noise(8192, seed: 1))
        let error = #expect(throws: ArchiveError.self) { _ = try self.open(scratch, mode) }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("mailcask reindex \(scratch.layout.root)") == true)
    }

    @Test("a file that cannot be opened is no damage: the disk may be full")
    func unopened() throws {
        let scratch = Scratch()
        try FileSystem.makeDirectories(scratch.layout.catalog)
        let error = #expect(throws: ArchiveError.self) { _ = try self.open(scratch) }
        #expect(error?.code == .library)
        #expect(error?.description.contains("disk is not full") == true)
        #expect(error?.description.contains("reindex") == false)
    }

    @Test("says how to get a catalogue back that is missing or empty", arguments: [true, false])
    func missing(isEmpty: Bool) throws {
        let scratch = Scratch()
        try ArchiveFolder.prepare(scratch.layout)
        if isEmpty { try scratch.write("archive/catalog.sqlite", []) }
        let error = #expect(throws: ArchiveError.self) { _ = try self.open(scratch, .read) }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("mailcask reindex \(scratch.layout.root)") == true)
    }
}
