import Archive
import Catalog
import Foundation
import Mail
import Manifest
import Platform

@testable import Drain

/// Fills an archive as a job does, without a server.
struct ArchiveBuilder {
    let scratch: Scratch
    var format = ArchiveFormat.tar
    var volumeByteLimit: UInt64 = 1 << 30

    var layout: ArchiveLayout { scratch.layout }

    /// One message of an account.
    struct Mail: Sendable {
        let account: String
        let uniqueID: [UInt8]
        let bytes: [UInt8]

        init(_ account: String, _ uniqueID: String, _ bytes: [UInt8]) {
            self.account = account
            self.uniqueID = Array(uniqueID.utf8)
            self.bytes = bytes
        }

        var digest: Digest { bytes.withUnsafeBytes { Digest.of($0) } }
    }

    /// Runs once: each array of messages is a group with a commit point behind it.
    @discardableResult
    func run(_ groups: [[Mail]]) async throws -> [String] {
        try await write { committer in
            var results: [String: GroupRecord.Result] = [:]
            for group in groups {
                for mail in group {
                    let name = ListedName(uniqueID: mail.uniqueID)
                    _ = try await committer.add(try received(mail.bytes), as: name, account: account(mail.account))
                    results[mail.account, default: GroupRecord.Result(account: mail.account)].archived += 1
                }
                try await committer.settle()
            }
            return results.values.sorted { $0.account < $1.account }
        }
    }

    /// Runs once, with whatever is given to the committer; the results are the run's.
    @discardableResult
    func write(_ body: (Committer) async throws -> [GroupRecord.Result]) async throws -> [String] {
        let opening = try ArchiveOpening(layout, format)
        let pool = CompressionPool(.fast, workerCount: 2)
        defer { pool.stop() }
        let settings = ArchiveSettings(
            path: layout.root, format: format, volumeByteLimit: volumeByteLimit, compression: .fast)
        // However slow the machine is, groups are as they are given.
        let committer = try Committer(
            opening, settings, run: .new(), pool: pool, limits: CommitLimits(age: .seconds(86_400)))
        defer { committer.stop() }
        let results = try await body(committer)
        try await committer.finish(results, accounts: results.map { account($0.account) })
        withExtendedLifetime(opening) {}
        return opening.notices
    }

    func account(_ name: String) -> GroupRecord.Account {
        GroupRecord.Account(name: name, host: "h", port: 995, user: name)
    }

    /// A message as a session gives it.
    func received(_ bytes: [UInt8]) throws -> IncomingMessage {
        let budget = MemoryBudget(byteLimit: 64 << 20)
        let receiver = MessageReceiver(spoolDirectory: layout.root, budget: budget, expectedOctets: nil)
        try bytes.withUnsafeBytes { try receiver.append($0) }
        return try receiver.finish()
    }

    /// Mail of three accounts, in three groups: shared bodies and attachments, whole and empty messages, the same ones
    /// in several accounts, unique-ids twice and none.
    static func sample(seed: UInt64 = 1, scale: Int = 1) -> [[Mail]] {
        let body = text(2000 * scale, seed: seed)
        let attachment = text(120_000 * scale, seed: seed + 1)
        let other = text(1500 * scale, seed: seed + 2)
        func single(_ subject: String, _ body: [UInt8], to: String = "ann@example.org") -> [UInt8] {
            Array(
                "From: Bob \"B\" <bob@example.org>\r\nTo: \(to)\r\nSubject: \(subject)\r\nDate: Fri, 21 Nov 2025 10:00:00 +0000\r\n\r\n"
                    .utf8)
                + body
        }
        func mixed(_ subject: String, _ parts: [[UInt8]]) -> [UInt8] {
            var bytes = Array(
                "Received: by mx; Sat, 22 Nov 2025 10:00:00 +0000\r\nSubject: \(subject)\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
                    .utf8)
            for part in parts {
                bytes += Array("--b\r\nContent-Type: text/plain\r\n\r\n".utf8) + part + Array("\r\n".utf8)
            }
            return bytes + Array("--b--\r\n".utf8)
        }
        let small = Array("Subject: small\r\n\r\nsmall\r\nFrom here\r\n>From there\r\n".utf8)
        return [
            [
                Mail("ann", "1", single("one", body)), Mail("ann", "2", small), Mail("ann", "3", []),
                Mail("bob", "1", single("one for bob", body, to: "bob@example.org")), Mail("bob", "2", small),
                Mail("bob", "2", single("two of one name", other)),
            ],
            [
                Mail("ann", "4", mixed("both", [attachment, body])), Mail("ann", "", small), Mail("bob", "3", []),
                Mail("../é", "a/b", mixed("twice", [attachment, attachment])),
                Mail("ann", "5", mixed("both", [attachment, body])),
            ],
            [
                Mail("../é", "\u{0}", text(300_000 * scale, seed: seed + 3)),
                Mail("bob", "4", single("grüße \"OR\"", other)),
            ],
        ]
    }

    /// A letter to each account, with a header of its own and one attachment.
    static func letters(to accounts: [String], sharing attachment: [UInt8]) -> [Mail] {
        accounts.map { account in
            let header = "To: \(account)@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
            let start = Array("\(header)--b\r\nContent-Type: text/plain\r\n\r\n".utf8)
            return Mail(account, "letter", start + attachment + Array("\r\n--b--\r\n".utf8))
        }
    }

    /// Lines of letters that compress little.
    static func text(_ count: Int, seed: UInt64) -> [UInt8] {
        var bytes = Seeded.noise(count, seed: seed).map { UInt8(ascii: "a") + $0 % 26 }
        for index in stride(from: 77, to: count, by: 78) { (bytes[index - 1], bytes[index]) = (13, 10) }
        // As POP transmits it: the last line is whole.
        if count >= 2 { (bytes[count - 2], bytes[count - 1]) = (13, 10) }
        return bytes
    }
}
