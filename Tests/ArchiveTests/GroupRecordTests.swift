import Archive
import Mail
import Testing

@Suite struct GroupRecordTests {
    private static let digest = Array("x".utf8).withUnsafeBytes { Digest.of($0) }

    @Test(
        "comes back from JSON whatever bytes a unique-id has",
        arguments: [
            [], [0], [0xFF], Array(0...255), Array("\u{7F}\u{85}\u{2028}\u{FEFF}\"\\/\r\n\t".utf8), [0xC3],
            [0xED, 0xA0, 0x80],
            Array("e\u{301}".utf8), Array("é".utf8), Array(String(repeating: "u", count: 500).utf8),
        ] as [[UInt8]])
    func uniqueIDs(bytes: [UInt8]) throws {
        var record = GroupRecord(run: GroupRecord.Run(id: "20261121T022900Z-3f9a1c", started: 1_763_692_140))
        record.previous = Self.digest
        var repair = GroupRecord.Repair()
        repair.gaps = [
            RecordChain.Gap(after: nil, before: Self.digest), RecordChain.Gap(after: Self.digest, before: Self.digest),
        ]
        repair.setAside = [
            GroupRecord.Repair.SetAside(path: "volumes/000001.tar.gz", sha256: Self.digest.hex),
            GroupRecord.Repair.SetAside(path: "mbox/a/000001.mbox.gz", sha256: nil),
        ]
        repair.lost = [GroupRecord.Repair.Lost(account: "a\nb\"é", digest: Self.digest)]
        record.repair = repair
        record.files = [GroupRecord.File(path: "mbox/ann/000001.mbox.gz", length: UInt64(Int64.max))]
        record.accounts = [GroupRecord.Account(name: "a\nb\"é", host: "::1", port: 65535, user: "日本")]
        record.messages = [
            GroupRecord.Message(
                account: "a\nb\"é", uniqueID: bytes, digest: Self.digest, size: 1 << 60, path: "mail/a/b.eml",
                archived: -1),
            GroupRecord.Message(
                account: "a\nb\"é", uniqueID: bytes, digest: Self.digest, size: 0, path: "mbox/ann/000001.mbox.gz",
                archived: 0,
                place: Place(
                    file: "mbox/ann/000001.mbox.gz", memberOffset: 1 << 40, innerOffset: 262_143, length: 1 << 33)),
        ]
        record.deletions = [
            GroupRecord.Deletion(account: "a\nb\"é", uniqueID: bytes, state: .requested, time: 5),
            GroupRecord.Deletion(account: "a\nb\"é", uniqueID: bytes, state: .confirmed, time: 6),
        ]
        record.quarantines = [
            GroupRecord.Quarantine(account: "a\nb\"é", uniqueID: bytes, tries: 2, reason: "line\nbreak", time: 5),
            GroupRecord.Quarantine(account: "a\nb\"é", uniqueID: bytes, tries: 2, reason: nil, time: 6),
        ]
        (record.messages[0].listedOctets, record.messages[0].proof, record.messages[0].isSole) = (7, .header, true)
        var result = GroupRecord.Result(account: "a\nb\"é")
        (result.listed, result.left, result.octets, result.seconds) = (3, 1, 1 << 50, 0.1)
        result.error = "line\nbreak"
        record.results = [result]
        let encoded = try record.encoded()
        #expect(encoded.split(separator: 10).count == 10)
        #expect(try GroupRecord(encoded: encoded, path: "r") == record)
    }

    @Test(
        "refuses what is no record, naming it",
        arguments: [
            ("", "is empty"), ("x\n", "line 1 of the record"),
            ("{\"kind\":\"run\"}\n", "a run line of the record is incomplete"),
            ("{\"kind\":\"run\",\"id\":\"a\",\"started\":1}\n{\"kind\":\"message\"}\n", "a message line"),
            ("{\"kind\":\"cat\"}\n", "is empty"), ("{\"cat\":1}\n", "line 1"),
            ("{\"kind\":\"run\",\"id\":\"a\",\"started\":1,\"previous\":\"ab\"}\n", "what is no SHA-256"),
        ])
    func refusals(text: String, complaint: String) {
        let error = #expect(throws: ArchiveError.self) {
            _ = try GroupRecord(encoded: Array(text.utf8), path: "runs/a/b")
        }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
        #expect(error?.path == "runs/a/b")
    }

    @Test(
        "refuses numbers that no catalogue can hold, and files outside the folders of an archive",
        arguments: [
            ("message", "\"size\":9223372036854775808"), ("message", "\"inner\":1,\"stored\":18446744073709551615"),
            ("message", "\"member\":9223372036854775808"), ("message", "\"path\":\"mbox/../000001.mbox.gz\""),
            ("message", "\"path\":\"mbox/a/../../1.mbox.gz\""), ("message", "\"path\":\"volumes/000001.tar.gz\""),
            ("file", "\"length\":9223372036854775808"), ("file", "\"path\":\"/etc/000001.mbox.gz\""),
            ("file", "\"path\":\"volumes/000001.tar.gz\""), ("file", "\"path\":\"mbox/ann/1.mbox.gz\""),
            ("result", "\"octets\":9223372036854775808"), ("result", "\"savedOctets\":9223372036854775808"),
        ])
    func impossible(kind: String, change: String) throws {
        let place = Place(file: "mbox/ann/000001.mbox.gz", memberOffset: 1, innerOffset: 1, length: 1)
        var record = GroupRecord(run: GroupRecord.Run(id: "a", started: 0))
        record.files = [GroupRecord.File(path: place.file, length: 1)]
        record.messages = [
            GroupRecord.Message(
                account: "ann", uniqueID: [], digest: Self.digest, size: 1, path: place.file, archived: 0, place: place)
        ]
        record.results = [GroupRecord.Result(account: "ann")]
        let encoded = try record.encoded()
        #expect(try GroupRecord(encoded: encoded, path: "r") == record)
        var lines = String(decoding: encoded, as: UTF8.self).split(separator: "\n").map(String.init)
        let index = try #require(lines.firstIndex { $0.contains("\"kind\":\"\(kind)\"") })
        // The names that the change gives a value have one already.
        for pair in change.split(separator: ",") {
            let name = pair.prefix { $0 != ":" }
            let old = try #require(try Regex("\(name):(\"[^\"]*\"|[0-9]+)").firstMatch(in: lines[index]))
            lines[index].replaceSubrange(old.range, with: pair)
        }
        let changed = Array(lines.joined(separator: "\n").utf8)
        let error = #expect(throws: ArchiveError.self) { try GroupRecord(encoded: changed, path: "r") }
        #expect(error?.description == "r: line \(index + 1) of the record cannot be read")
    }

    @Test("reads a record of the time before the chain, and passes over fields that it does not know")
    func older() throws {
        let text = "{\"format\":1,\"id\":\"a\",\"kind\":\"run\",\"started\":1,\"weather\":\"fair\"}\n"
        let record = try GroupRecord(encoded: Array(text.utf8), path: "r")
        #expect(record == GroupRecord(run: GroupRecord.Run(id: "a", started: 1)))
        #expect(record.previous == nil && record.repair == nil)
    }

    @Test("refuses the record of a later format")
    func newer() {
        let text = "{\"format\":2,\"id\":\"a\",\"kind\":\"run\",\"started\":1}\n"
        let error = #expect(throws: ArchiveError.self) { _ = try GroupRecord(encoded: Array(text.utf8), path: "r") }
        #expect(error?.code == .newerFormat(found: 2))
    }
}
