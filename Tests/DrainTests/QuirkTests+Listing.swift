import Archive
import Catalog
import Manifest
import Platform
import Simulation
import Testing

@testable import Drain

extension QuirkTests {
    /// What a maildrop holds, and what its messages are called.
    @Suite(.timeLimit(.minutes(5))) struct Listing {
        @Test("quirk 1: mail that is shown some hundred messages at a time is fetched in one run")
        func window() async throws {
            let mails = [[UInt8]].mails(260, byteCount: 60)
            var maildrop = Bench.maildrop(mails)
            maildrop.windowMessageLimit = 120
            let field = try FieldServer(maildrop)
            let result = try await field.drainWell()
            #expect(result.listed == 260 && result.archived == 260)
            #expect(field.server.sessionCount == 3 && field.count("QUIT") == 3)
            try field.expect(mails)
        }

        @Test("quirk 1: all that a session brought is durable before its QUIT")
        func durableBeforeQuit() async throws {
            let field = try FieldServer(.mails(3))
            let full = Faults(.sync, under: field.bench.layout.root, suffix: ".tar.gz", only: 1, goesOn: true)
            defer { full.remove() }
            #expect(try await field.drain().failure?.kind == .localDisk)
            #expect(field.count("RETR") == 3 && field.count("QUIT") == 0)
        }

        @Test("quirk 5: UIDL is used although CAPA does not name it")
        func unadvertised() async throws {
            let field = try FieldServer(.mails(5), capabilities: ["USER", "TOP"])
            try await field.drainWell()
            #expect(try await field.drainWell().alreadyArchived == 5)
            #expect(field.count("RETR") == 5)
        }

        @Test(
            "quirk 6: fields of a listing may stand any blanks apart", arguments: ["  ", "\t", " \t  \t", "        "])
        func blanks(separator: String) async throws {
            try await listed(.separated(separator))
        }

        @Test("quirk 7: an +OK before each line is passed over", arguments: ["+OK ", "+OK\t"])
        func prefixes(prefix: String) async throws {
            try await listed(.prefixed(prefix))
        }

        @Test(
            "quirk 8: lines out of order, twice or left out are matched by message number",
            arguments: [ListingForm.shuffled(seed: 7), .repeated, .gaps(every: 4)])
        func order(form: ListingForm) async throws {
            try await listed(form)
        }

        /// Two runs of a server whose listings have a form of their own.
        private func listed(_ form: ListingForm) async throws {
            let mails = [[UInt8]].mails(20)
            // What is in no listing has no size, and is not known again without its body.
            let verbs = if case .gaps = form { ["UIDL"] } else { ["UIDL", "LIST"] }
            let field = try FieldServer(mails, FaultScript(verbs.map { FaultRule(.command($0), .listing(form)) }))
            #expect(try await field.drainWell().archived == 20)
            let again = try await field.drainWell()
            #expect(again.listed == 20 && again.archived == 0)
            // Messages that UIDL leaves out have no name; what proves them is a few bodies.
            if case .gaps = form { #expect(field.count("RETR") <= 23) } else { #expect(field.count("RETR") == 20) }
            try field.expect(mails)
            try field.expectNames(field.remaining)
        }

        @Test("quirk 8: every line twice and no UIDL counts each message once")
        func repeatedWithoutNames() async throws {
            let mails = [[UInt8]].mails(6)
            let field = try FieldServer(mails, .uidlMissing + [FaultRule(.command("LIST"), .listing(.repeated))])
            let result = try await field.drainWell()
            #expect(result.listed == 6 && result.archived == 6)
            try field.expect(mails)
        }

        @Test("quirk 9: unique-ids may be long, hold spaces and be of any bytes")
        func oddNames() async throws {
            let mails = [[UInt8]].mails(7)
            var maildrop = Bench.maildrop(mails)
            let names: [[UInt8]] = [
                Array(repeating: 0x61, count: 71), Array(repeating: 0x62, count: 4000), Array("a b  c".utf8),
                [0xFF, 0xFE, 0x80], [0x01, 0x1B, 0x5B], Array("+OK".utf8), Array("..".utf8),
            ]
            for (index, name) in names.enumerated() { maildrop.messages[index].uniqueID = name }
            let field = try FieldServer(maildrop)
            try await field.drainWell()
            #expect(try await field.drainWell().alreadyArchived == 7)
            #expect(field.count("RETR") == 7)
            for (name, mail) in zip(names, mails) { #expect(try field.archived(name) == mail) }
        }

        @Test("quirk 10: a unique-id that stands for two messages, or is empty, lets none of them be taken for seen")
        func ambiguousNames() async throws {
            let mails = [[UInt8]].mails(6)
            var maildrop = Bench.maildrop(Array(mails[..<5]))
            for (index, name) in ["same", "same", "", "", "own"].enumerated() {
                maildrop.messages[index].uniqueID = Array(name.utf8)
            }
            let field = try FieldServer(maildrop, .topMissing)
            #expect(try await field.drainWell().archived == 5)
            field.change { $0.append(SimulatedMessage(uniqueID: "same", content: .bytes(mails[5]))) }
            let second = try await field.drainWell()
            #expect(second.archived == 1 && second.alreadyArchived == 1 && second.duplicates == 4)
            try field.expect(mails)
        }

        @Test("quirk 10: what a shared unique-id stands for is deleted only when it was fetched in that session")
        func ambiguousDeletion() async throws {
            let mails = [[UInt8]].mails(4)
            var maildrop = Bench.maildrop(mails)
            for (index, name) in ["same", "same", "", "own"].enumerated() {
                maildrop.messages[index].uniqueID = Array(name.utf8)
            }
            let field = try FieldServer(maildrop)
            try await field.drainWell()
            // The second of the pair is another message now, of the same size.
            var other = mails[1]
            other[other.count - 4] ^= 1
            field.change { $0[1].content = .bytes(other) }
            let result = try await field.drainWell(.archived)
            #expect(result.deleted == 4 && field.remaining.isEmpty)
            try field.expect(mails + [other])
        }

        @Test("quirk 11: a unique-id given to another message is not taken for seen", arguments: [false, true])
        func reusedName(hasTOP: Bool) async throws {
            let mails = [[UInt8]].mails(5)
            let field = try FieldServer(Array(mails[..<4]), hasTOP ? .none : .topMissing)
            try await field.drainWell()
            field.change { $0[2].content = .bytes(mails[4]) }
            let second = try await field.drainWell()
            #expect(second.archived == 1 && second.alreadyArchived == 3)
            try field.expect(mails)
            #expect(try field.archived("uid2") == mails[4])
            #expect(try await field.drainWell().alreadyArchived == 4)
            #expect(field.count("RETR") == 5)
        }

        @Test("quirk 11: a unique-id that comes back after its message was deleted stands for a new one")
        func nameAfterDeletion() async throws {
            let mails = [[UInt8]].mails(3, isEqual: true)
            let field = try FieldServer(Array(mails[..<2]))
            #expect(try await field.drainWell(.archived).deleted == 2)
            #expect(try await field.drainWell(.archived).listed == 0)
            // Of the very size of its predecessor.
            field.change { $0 = [SimulatedMessage(uniqueID: "uid0", content: .bytes(mails[2]))] }
            #expect(try await field.drainWell(.archived).archived == 1)
            #expect(field.remaining.isEmpty)
            try field.expect(mails)
        }

        @Test("quirk 12: after a renumbering only headers and a few samples are fetched, and what is new")
        func renumbered() async throws {
            let mails = [[UInt8]].mails(42)
            let field = try FieldServer(Array(mails[..<40]))
            try await field.drainWell()
            field.change { messages in
                for index in messages.indices { messages[index].uniqueID = Array("other\(index)".utf8) }
                messages += mails[40...].enumerated().map {
                    SimulatedMessage(uniqueID: "new\($0.offset)", content: .bytes($0.element))
                }
            }
            let second = try await field.drainWell()
            #expect(second.mapped == 40 && second.alreadyArchived == 40 && second.archived == 2)
            #expect(field.count("RETR") == 40 + 3 + 2)
            try field.expect(mails)
            try field.expectNames(field.remaining)
            #expect(try await field.drainWell().alreadyArchived == 42)
            #expect(field.count("RETR") == 45)
        }

        @Test("quirk 13: without UIDL messages are known again by their headers")
        func noNames() async throws {
            let mails = [[UInt8]].mails(21)
            let field = try FieldServer(Array(mails[..<20]), .uidlMissing)
            try await field.drainWell()
            field.change { $0.append(SimulatedMessage(uniqueID: "", content: .bytes(mails[20]))) }
            let second = try await field.drainWell()
            #expect(second.mapped == 20 && second.archived == 1)
            #expect(field.count("RETR") == 20 + 3 + 1)
            try field.expect(mails)
        }

        @Test("quirk 13: without UIDL and TOP all is fetched and known again by its content")
        func neitherNamesNorHeaders() async throws {
            let mails = [[UInt8]].mails(6)
            let field = try FieldServer(mails + [mails[0]], .uidlMissing + .topMissing)
            let first = try await field.drainWell()
            #expect(first.archived == 6 && first.duplicates == 1)
            #expect(try await field.drainWell().duplicates == 7)
            try field.expect(mails)
        }

        @Test(
            "quirk 14: wrong sizes cut nothing off and make nothing new",
            arguments: [
                SizeLie.value(-1), .value(0), .value(77), .value(.max), .plus(-9), .plus(400), .roundedUp(to: 1024),
            ])
        func sizes(lie: SizeLie) async throws {
            let mails = [[UInt8]].mails(12)
            let rules = ["STAT", "LIST", "RETR"].map { FaultRule(.command($0), .wrongSize(lie)) }
            let field = try FieldServer(mails, FaultScript(rules))
            #expect(try await field.drainWell().archived == 12)
            #expect(try await field.drainWell().alreadyArchived == 12)
            // What was under way with the first one is asked for once more.
            #expect(field.count("RETR") <= 24)
            try field.expect(mails)
        }

        @Test("quirk 40: header fields that servers add or change make no message new")
        func changedHeaders() async throws {
            let mails = [[UInt8]].mails(8)
            let field = try FieldServer(mails)
            try await field.drainWell()
            field.change { messages in
                for index in messages.indices {
                    let added = "X-UIDL: \(index)!xx\r\nStatus: RO\r\nX-Keywords:\r\n \r\nContent-Length: 12345\r\n"
                    messages[index].content = .bytes(Array(added.utf8) + mails[index])
                }
            }
            let second = try await field.drainWell()
            #expect(second.mapped == 8 && second.alreadyArchived == 8)
            #expect(field.count("RETR") == 8)
            try field.expect(mails)
            #expect(try await field.drainWell().alreadyArchived == 8)
            #expect(field.count("TOP") == 8)
        }
    }
}
