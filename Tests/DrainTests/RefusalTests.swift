import Testing

@testable import Drain
@testable import POP

@Suite struct RefusalTests {
    private static func isTemporary(_ line: String) throws -> Bool {
        let reply = try Array(line.utf8).withUnsafeBytes { try Reply(line: $0) }
        return Refusal(what: "the login", reply).isTemporary
    }

    @Test(
        "waits where servers ask for it, by code or in words",
        arguments: [
            "-ERR [IN-USE] no", "-ERR [SYS/TEMP] blocked", "-ERR maildrop already locked",
            "-ERR Unable to lock mailbox",
            "-ERR lock busy", "-ERR mailbox in use", "-ERR too many connections", "-ERR try again later",
        ])
    func temporary(line: String) throws { #expect(try Self.isTemporary(line)) }

    @Test("knows the words for a command that is missing")
    func unknownCommand() throws {
        for (line, isUnknown) in [
            ("-ERR Unknown command.", true), ("-ERR not implemented", true), ("-ERR unrecognized command", true),
            ("-ERR internal error, call support", false), ("-ERR [SYS/TEMP] busy", false), ("-ERR", false),
        ] {
            let reply = try Array(line.utf8).withUnsafeBytes { try Reply(line: $0) }
            #expect(Refusal(what: "UIDL", reply).isOfUnknownCommand == isUnknown, "\(line)")
        }
    }

    @Test(
        "does not try again where that makes it worse",
        arguments: [
            "-ERR [AUTH] locked", "-ERR your address is blocked", "-ERR account locked", "-ERR Account is locked out",
            "-ERR user locked out", "-ERR lockout", "-ERR no such user", "-ERR clock skew",
        ])
    func forGood(line: String) throws { #expect(try !Self.isTemporary(line)) }
}
