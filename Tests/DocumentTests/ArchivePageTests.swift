import Foundation
import GRDB
import Mail
import Testing

@testable import Archive
@testable import Catalog

/// Holds mailcask-archive(5) against the code that writes archives.
@Suite struct ArchivePageTests {
    let page: ManualPage

    init() throws { page = try ManualPage("mailcask-archive.5") }

    /// A record in which every field that a line can have is there.
    static var record: GroupRecord {
        let digest = Array("x".utf8).withUnsafeBytes { Digest.of($0) }
        var record = GroupRecord(run: GroupRecord.Run(id: "20261121T022900Z-3f9a1c", started: 1))
        record.previous = digest
        var repair = GroupRecord.Repair()
        repair.gaps = [RecordChain.Gap(after: digest, before: digest)]
        repair.setAside = [GroupRecord.Repair.SetAside(path: "volumes/000001.tar.gz", sha256: digest.hex)]
        repair.lost = [GroupRecord.Repair.Lost(account: "ann", digest: digest)]
        record.repair = repair
        record.files = [GroupRecord.File(path: "mbox/ann/000001.mbox.gz", length: 1)]
        record.accounts = [GroupRecord.Account(name: "ann", host: "h", port: 995, user: "ann")]
        for uniqueID: [UInt8] in [Array("u1".utf8), [0xFF]] {
            record.messages.append(
                GroupRecord.Message(
                    account: "ann", uniqueID: uniqueID, digest: digest, size: 1, listedOctets: 1, proof: .header,
                    isSole: true,
                    path: "mbox/ann/000001.mbox.gz", archived: 1,
                    place: Place(file: "mbox/ann/000001.mbox.gz", memberOffset: 0, innerOffset: 0, length: 1)))
            record.deletions.append(
                GroupRecord.Deletion(account: "ann", uniqueID: uniqueID, state: .requested, time: 1))
            record.quarantines.append(
                GroupRecord.Quarantine(account: "ann", uniqueID: uniqueID, tries: 1, reason: "none", time: 1))
        }
        var result = GroupRecord.Result(account: "ann")
        result.error = "none"
        record.results = [result]
        return record
    }

    @Test("every field of every kind of line is explained under its kind, and no other is") func records() throws {
        var fields: [String: Set<String>] = [:]
        for line in try Self.record.encoded().split(separator: 10) {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            let kind = try #require(object["kind"] as? String)
            fields[kind, default: []].formUnion(object.keys.filter { $0 != "kind" })
            if let result = object["result"] as? [String: Any] { fields[kind]!.formUnion(result.keys) }
        }
        #expect(fields.count == 7)
        #expect(Set(try page.subsections(of: "RECORDS")) == Set(fields.keys.map { "Lines of kind \($0)" }))
        for (kind, names) in fields {
            #expect(Set(explained(in: try page.section("Lines of kind \(kind)"))) == names, "kind \(kind)")
        }
    }

    @Test("every table of the catalogue stands there with its columns") func catalogue() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mailcask-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let catalog = try Catalog(ArchiveLayout(root: folder.path), .write)
        let body = try page.section("CATALOGUE")
        let tables: [String: [String]] = try catalog.database.read { database in
            let names = try String.fetchAll(
                database,
                sql: """
                    SELECT name FROM sqlite_master
                    WHERE type = 'table' AND name NOT GLOB 'search_*' AND name NOT GLOB 'sqlite_*'
                    """)
            var tables: [String: [String]] = [:]
            for name in names { tables[name] = try database.columns(in: name).map(\.name) }
            return tables
        }
        try catalog.close()
        #expect(Set(explained(in: body)) == Set(tables.keys))
        for (table, columns) in tables {
            let start = try #require(body.range(of: ".TP\n.B \(table)\n"))
            let rest = body[start.upperBound...]
            let paragraph = rest[..<(rest.range(of: "\n.TP\n")?.lowerBound ?? rest.endIndex)]
            let words = Set(paragraph.split { !$0.isLetter && $0 != "_" }.map(String.init))
            for column in columns { #expect(words.contains(column), "\(table).\(column) is missing") }
        }
        #expect(body.contains("user_version\nis \(Schema.version)"))
    }

    @Test("the number of the format and the first line of RECOVER.txt stand there") func format() throws {
        let line = try #require(RecoverText.text.split(separator: "\n").first)
        #expect(page.text.contains(line))
        #expect(try page.section("DESCRIPTION").contains("format \(ArchiveLayout.formatVersion)"))
    }

    @Test("the sizes of members stand there") func sizes() throws {
        let body = try page.section("MEMBERS")
        for size in [MemberSize.rawByteLimit, MemberSize.rawByteTarget] {
            #expect(body.contains(size.formatted(.number.locale(Locale(identifier: "en_US")))))
        }
    }

    @Test("names are escaped as its examples say") func names() throws {
        let body = try page.section("NAMES")
        let examples = body.matches(of: /\n(\S.*?) +-> +(\S+)/)
        #expect(examples.count >= 6)
        for example in examples { #expect(SafeName.escaped(String(example.1)) == example.2) }
        #expect(body.contains("\(SafeName.byteLimit) bytes"))
    }
}
