import Archive
import Catalog
import Foundation
import Manifest
import Simulation
import Testing

@testable import Drain

/// Whole drains of a server that does nothing wrong, or nothing that matters.
@Suite(.timeLimit(.minutes(10))) struct DrainTests {
    @Test(
        "archives every message byte for byte, and fetches nothing the second time",
        arguments: [TLSMode.none, .implicit, .stls], ArchiveFormat.allCases)
    func exact(tls: TLSMode, format: ArchiveFormat) async throws {
        let transport: SimulatedTransport =
            switch tls {
            case .none: .plain
            case .implicit: try Bench.tls()
            case .stls: try Bench.stls()
            }
        let bench = try Bench()
        let odd = Self.odd
        let letters = [[UInt8]].letters(20)
        let server = try SimulatedServer(
            maildrops: [
                "ann": Bench.maildrop(odd + letters), "bob": Bench.maildrop(letters), "eve": Bench.maildrop([]),
            ],
            transport: transport)
        let accounts = ["ann", "bob", "eve"].map { bench.account($0, at: server, tls) }
        let first = try await bench.drain(accounts, format: format)
        #expect(first.isComplete)
        #expect(first.accounts.map(\.result.archived) == [odd.count + 20, 20, 0])
        let held = ["ann": (odd + letters).transmitted, "bob": letters, "eve": []]
        try bench.expect(held)
        let fetched = server.retrievedCount
        #expect(fetched == odd.count + 40)
        let second = try await bench.drain(accounts, format: format)
        #expect(second.isComplete)
        #expect(server.retrievedCount == fetched)
        #expect(second.accounts.map(\.result.alreadyArchived) == [odd.count + 20, 20, 0])
        server.mutateMaildrop("bob") {
            $0.messages.append(SimulatedMessage(uniqueID: "new", content: .bytes(Array("x".utf8))))
        }
        #expect(try await bench.drain(accounts, format: format).isComplete)
        #expect(server.retrievedCount == fetched + 1)
        try bench.expect(["bob": letters + [Array("x\r\n".utf8)]])
    }

    /// Mail that looks odd; all of it comes back as transmitted.
    static let odd: [[UInt8]] = [
        [], Array("x".utf8), Array("\r\n".utf8), Array("no end".utf8), Array(".\r\n..\r\n.x\r\n".utf8),
        Array("lone\rCR\rand\nLF\n\n.\n..\n".utf8),
        Array("Subject: \0\0\r\n\r\n\0\u{1}\u{7F}".utf8) + [0xFF, 0xFE, 0x80],
        Array(repeating: UInt8(ascii: "m"), count: 1 << 20), Array(repeating: UInt8(ascii: "."), count: 1 << 20),
        Array("From here\r\n>From there\r\n\r\nFrom x\r\n".utf8),
        Array("Content-Type: multipart/mixed; boundary=never\r\n\r\n--never\r\n\r\n".utf8)
            + ArchiveBuilder.text(5000, seed: 4),
        Array((0..<1000).map { "Content-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n" }.joined().utf8)
            + ArchiveBuilder.text(5000, seed: 5),
        Array("Subject: six MiB\r\n\r\n".utf8) + ArchiveBuilder.text(6 << 20, seed: 6),
    ]

    /// Something a server does that must not matter.
    struct Quirk: Sendable, CustomTestStringConvertible {
        let name: String
        var script = FaultScript.none
        var capabilities = SimulatedServer.defaultCapabilities
        /// Whether unique-ids serve to know messages again.
        var hasUniqueIDs = true
        var testDescription: String { name }

        static let all: [Quirk] = [
            Quirk(name: "no CAPA", script: .capaMissing),
            Quirk(name: "no UIDL", script: .uidlMissing, hasUniqueIDs: false),
            Quirk(
                name: "neither UIDL nor LIST", script: .uidlMissing + [FaultRule(.command("LIST"), .missing)],
                hasUniqueIDs: false),
            Quirk(name: "no LIST", script: [FaultRule(.command("LIST"), .missing)]),
            Quirk(name: "no PIPELINING", capabilities: ["UIDL", "USER"]),
            Quirk(name: "sizes of zero", script: sizes(.value(0))),
            Quirk(name: "negative sizes", script: sizes(.value(-1))),
            Quirk(name: "enormous sizes", script: sizes(.value(999_999_999_999_999_999))),
            Quirk(name: "the largest sizes", script: sizes(.value(.max))),
            Quirk(name: "rounded sizes", script: sizes(.roundedUp(to: 1024))),
            Quirk(name: "small pieces", script: [FaultRule(.anyCommand, .splitWrites(seed: 1))]),
            Quirk(name: "+OK before lines", script: listings(.prefixed("+OK "))),
            Quirk(name: "tabs in lines", script: listings(.separated(" \t "))),
            Quirk(name: "lines out of order", script: listings(.shuffled(seed: 2))),
            Quirk(name: "every line twice", script: listings(.repeated)),
            Quirk(
                name: "UIDL leaves messages out", script: [FaultRule(.command("UIDL"), .listing(.gaps(every: 3)))],
                hasUniqueIDs: false),
            Quirk(name: "LIST leaves messages out", script: [FaultRule(.command("LIST"), .listing(.gaps(every: 3)))]),
        ]

        private static func sizes(_ lie: SizeLie) -> FaultScript {
            FaultScript(["STAT", "LIST", "RETR"].map { FaultRule(.command($0), .wrongSize(lie)) })
        }

        private static func listings(_ form: ListingForm) -> FaultScript {
            FaultScript(["UIDL", "LIST"].map { FaultRule(.command($0), .listing(form)) })
        }
    }

    @Test("drains a server in spite of its quirks", arguments: Quirk.all)
    func quirks(quirk: Quirk) async throws {
        let bench = try Bench()
        let letters = [[UInt8]].letters(40)
        let server = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop(letters)], script: quirk.script, capabilities: quirk.capabilities)
        let accounts = [bench.account("ann", at: server)]
        let first = try await bench.drain(accounts)
        #expect(first.isComplete, "\(first.accounts)")
        #expect(first.accounts[0].result.listed == 40)
        #expect(first.accounts[0].result.archived == 40)
        try bench.expect(["ann": letters])
        let second = try await bench.drain(accounts)
        #expect(second.isComplete)
        #expect(second.accounts[0].result.archived == 0)
        // Where sizes are wrong, what was under way with the first message is asked for once more.
        if quirk.hasUniqueIDs { #expect(server.retrievedCount <= 40 + 32) }
        try bench.expect(["ann": letters])
    }

    @Test("takes every message where unique-ids are given twice or not at all")
    func uniqueIDs() async throws {
        let bench = try Bench()
        let letters = [[UInt8]].letters(8)
        var maildrop = Bench.maildrop(letters + [letters[0]])
        for (index, name) in ["same", "same", "", "", "a b", "\u{1}", String(repeating: "u", count: 300), "x", "same"]
            .enumerated()
        {
            maildrop.messages[index].uniqueID = Array(name.utf8)
        }
        maildrop.messages[5].uniqueID = [0xFF, 0xFE]
        let server = try SimulatedServer(maildrops: ["ann": maildrop])
        let accounts = [bench.account("ann", at: server)]
        let first = try await bench.drain(accounts)
        #expect(first.isComplete)
        #expect(first.accounts[0].result.archived == 8 && first.accounts[0].result.duplicates == 1)
        try bench.expect(["ann": letters])
        let again = try await bench.drain(accounts)
        #expect(again.isComplete)
        #expect(again.accounts[0].result.archived == 0)
        #expect(server.retrievedCount <= 9 + 5)
        // A new message behind a name that is known must not be taken for seen.
        server.mutateMaildrop("ann") {
            $0.messages.append(SimulatedMessage(uniqueID: "same", content: .bytes(Array("new\r\n".utf8))))
        }
        #expect(try await bench.drain(accounts).accounts[0].result.archived == 1)
        try bench.expect(["ann": letters + [Array("new\r\n".utf8)]])
    }

    @Test("stores one message of many accounts once")
    func sharedMail() async throws {
        let bench = try Bench()
        let letter = [Array("Subject: all\r\n\r\n".utf8) + ArchiveBuilder.text(200_000, seed: 3) + [13, 10]]
        let names = (0..<10).map { "user\($0)" }
        let server = try SimulatedServer(
            maildrops: Dictionary(uniqueKeysWithValues: names.map { ($0, Bench.maildrop(letter)) }))
        let report = try await bench.drain(names.map { bench.account($0, at: server) })
        #expect(report.isComplete)
        #expect(report.accounts.reduce(0) { $0 + $1.result.savedOctets } >= 9 * UInt64(letter[0].count) - 100)
        try bench.expect(Dictionary(uniqueKeysWithValues: names.map { ($0, letter) }))
        let totals = try Catalog(bench.layout, .read).totals()
        #expect(totals.messageCount == 1)
        #expect(totals.segmentOctets == UInt64(letter[0].count))
        #expect(totals.fileBytes < UInt64(letter[0].count) + 20_000)
    }

    @Test("fills, seals and reopens volumes of one MiB", arguments: ArchiveFormat.allCases)
    func sealing(format: ArchiveFormat) async throws {
        let bench = try Bench()
        var contents: [[UInt8]] = (0..<12).map {
            Array("Subject: \($0)\r\n\r\n".utf8) + ArchiveBuilder.text(700_000, seed: UInt64($0 + 10)) + [13, 10]
        }
        let server = try SimulatedServer(maildrops: ["ann": Bench.maildrop(Array(contents[..<4]))])
        let accounts = [bench.account("ann", at: server)]
        for count in [4, 5, 8, 12] {
            server.replaceMaildrop("ann", with: Bench.maildrop(Array(contents[..<count])))
            #expect(try await bench.drain(accounts, format: format).isComplete)
            try bench.expect(["ann": Array(contents[..<count])])
        }
        let files = try Catalog(bench.layout, .read).files()
        let sealed = files.values.filter(\.isSealed)
        #expect(sealed.count >= 2)
        #expect(Set(sealed.map(\.path)) == Set(try VolumeChecksums.read(bench.layout).keys))
        let check = try bench.scratch.shell("cd archive && sha256sum --strict -c manifest-sha256.txt")
        #expect(check.status == 0, "\(check.output)")
        let modes = try bench.scratch.shell("cd archive && stat -c '%a' $(cut -c67- manifest-sha256.txt) | sort -u")
        #expect(modes.output == "400")
        contents.removeAll()
    }

    @Test("stops in the middle when asked to, and goes on from there", arguments: ArchiveFormat.allCases)
    func stopping(format: ArchiveFormat) async throws {
        let bench = try Bench()
        let letters = [[UInt8]].letters(30)
        let server = try SimulatedServer(
            maildrops: ["ann": Bench.maildrop(letters), "bob": Bench.maildrop(letters)],
            script: [FaultRule(.command("RETR", message: 8), .replyText("-ERR not now"), when: .only(1))],
            capabilities: ["UIDL", "USER"])
        let accounts = ["ann", "bob"].map { bench.account($0, at: server) }
        let stop = StopControl()
        let watch = Watch { if case .messageFailed = $0 { stop.request() } }
        let first = try await bench.drain(accounts, format: format, parallel: 1, stop: stop, observer: watch)
        #expect(!first.isComplete && first.fatal == nil)
        #expect(first.notStarted.count == 1)
        #expect(first.accounts.map(\.failure?.kind) == [.stopped])
        #expect(first.accounts[0].result.archived == 7)
        #expect(first.accounts[0].failure?.description.contains("run again") == true)
        // The session ends without waiting for the answer.
        for _ in 0..<200 where server.log.last != "QUIT" { try await Task.sleep(for: .milliseconds(50)) }
        #expect(server.log.last == "QUIT")
        let started = first.accounts[0].account
        try bench.expect([started: Array(letters[..<7])])
        #expect(try await bench.drain(accounts, format: format).isComplete)
        #expect(server.retrievedCount == 61)
        try bench.expect(["ann": letters, "bob": letters])
    }
}
