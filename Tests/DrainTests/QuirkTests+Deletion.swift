import Archive
import Catalog
import Manifest
import Simulation
import Testing

@testable import Drain

extension QuirkTests {
    /// DELE and QUIT, and what they are worth.
    @Suite(.timeLimit(.minutes(5))) struct Deletion {
        private static let mails = [[UInt8]].mails(5)

        @Test(
            "quirk 3: a deletion that is accepted and ignored is told and requested again, until a listing confirms it")
        func ignored() async throws {
            let field = try FieldServer(Self.mails, [FaultRule(.command("QUIT"), .deletesLost, when: .upTo(2))])
            #expect(try await field.drainWell(.archived).deleted == 5)
            #expect(field.remaining.count == 5)
            #expect(try field.requestedDeletions() == 5)
            let watch = Watch()
            let second = try await field.drain(.archived, observer: watch)
            #expect(second.isComplete && second.result.deleted == 5 && second.result.alreadyArchived == 5)
            #expect(watch.texts.contains { $0.contains("5 messages are still on the server") })
            #expect(try await field.drainWell(.archived).deleted == 5)
            #expect(field.remaining.isEmpty)
            #expect(try field.requestedDeletions() == 5)
            #expect(try await field.drainWell(.archived).listed == 0)
            #expect(try field.requestedDeletions() == 0)
            try field.expect(Self.mails)
        }

        @Test("quirk 30: without QUIT nothing counts as deleted", arguments: [ConnectionEnding.fin, .rst])
        func noQuit(how: ConnectionEnding) async throws {
            let field = try FieldServer(
                Self.mails, [FaultRule(.command("DELE", message: 4), .closeBefore(how), when: .only(1))])
            let first = try await field.drain(.archived)
            #expect(first.failure?.kind == .retry && first.result.deleted == 0 && first.result.archived == 5)
            #expect(field.remaining.count == 5)
            #expect(try await field.drainWell(.archived).deleted == 5)
            #expect(field.remaining.isEmpty)
            try field.expect(Self.mails)
        }

        @Test("quirk 30: a QUIT that is slow is waited for, and one that is refused counts for nothing")
        func quit() async throws {
            let slow = try FieldServer(Self.mails, [FaultRule(.command("QUIT"), .delay(seconds: 1))])
            var account = slow.account(.archived, seconds: 0.5)
            account.timeouts.login = .seconds(20)
            #expect(try await slow.bench.drain([account]).accounts[0].result.deleted == 5)
            let refusing = try FieldServer(
                Self.mails, [FaultRule(.command("QUIT"), .replyText("-ERR some not removed"), when: .only(1))])
            let first = try await refusing.drain(.archived)
            #expect(first.failure?.kind == .retry && first.result.deleted == 0)
            #expect(first.failure?.description.contains("some not removed") == true)
            #expect(try await refusing.drainWell(.archived).deleted == 5)
            #expect(refusing.remaining.isEmpty)
            try refusing.expect(Self.mails)
        }

        @Test("quirk 38: what goes at DELE already is archived before", arguments: [false, true])
        func atOnce(isCutOff: Bool) async throws {
            var script: FaultScript = [FaultRule(.command("DELE"), .deleteAtOnce)]
            if isCutOff {
                script.rules.append(FaultRule(.command("DELE", message: 3), .closeBefore(.rst), when: .only(1)))
            }
            let field = try FieldServer(Self.mails, script)
            let first = try await field.drain(.archived)
            #expect(first.result.archived == 5 && first.isComplete != isCutOff)
            try field.expect(Self.mails)
            let second = try await field.drainWell(.archived)
            #expect(second.listed == (isCutOff ? 3 : 0) && second.archived == 0)
        }

        @Test(
            "quirk 39: when the answer to QUIT is never read, the next listing tells what was deleted",
            arguments: [true, false])
        func unknownEnd(isDeleted: Bool) async throws {
            let fault: Fault = isDeleted ? .closeAfterBytes(0, how: .fin) : .closeBefore(.fin)
            let field = try FieldServer(Self.mails, [FaultRule(.command("QUIT"), fault, when: .only(1))])
            let first = try await field.drain(.archived)
            #expect(first.failure?.kind == .retry && first.result.deleted == 0)
            #expect(first.failure?.description.contains("next listing") == true)
            #expect(try field.requestedDeletions() == 5)
            let second = try await field.drainWell(.archived)
            #expect(second.listed == (isDeleted ? 0 : 5) && second.deleted == (isDeleted ? 0 : 5))
            #expect(field.remaining.isEmpty)
            #expect(try field.requestedDeletions() == (isDeleted ? 0 : 5))
            try field.expect(Self.mails)
        }
    }
}
