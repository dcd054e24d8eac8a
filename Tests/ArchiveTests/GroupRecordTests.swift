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
        record.files = [GroupRecord.File(path: "mbox/ann/000001.mbox.gz", length: .max)]
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
        ])
    func refusals(text: String, complaint: String) {
        let error = #expect(throws: ArchiveError.self) {
            _ = try GroupRecord(encoded: Array(text.utf8), path: "runs/a/b")
        }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
        #expect(error?.path == "runs/a/b")
    }

    @Test("refuses the record of a later format")
    func newer() {
        let text = "{\"format\":2,\"id\":\"a\",\"kind\":\"run\",\"started\":1}\n"
        let error = #expect(throws: ArchiveError.self) { _ = try GroupRecord(encoded: Array(text.utf8), path: "r") }
        #expect(error?.code == .newerFormat(found: 2))
    }
}
