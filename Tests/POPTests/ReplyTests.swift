import POP
import Testing

@Suite struct ReplyTests {
    /// The status line as a session reads it.
    static func reply(_ line: String) throws -> Reply {
        var session = try SessionTests.greeted()
        var wire: [UInt8] = []
        session.send(.noop, to: &wire)
        let (_, event) = try latin1(line + "\r\n").withUnsafeBytes { try session.next($0) { _ in } }
        guard case .reply(_, let reply) = event else { throw POPError(.notAReply) }
        return reply
    }

    @Test(
        "tells the response code",
        arguments: [
            ("-ERR [IN-USE] locked", ResponseCode.inUse), ("-ERR [in-use]", .inUse),
            ("-ERR [LOGIN-DELAY] wait", .loginDelay), ("-ERR [AUTH] no", .authentication),
            ("-ERR [SYS/TEMP] later", .temporary), ("-ERR [SYS/TEMP/DISK] later", .temporary),
            ("-ERR [SYS/PERM] call", .permanent), ("-ERR [sys/perm/x]", .permanent),
            ("-ERR [SYS/TEMPORARY]", .other("SYS/TEMPORARY")), ("+OK [UTF8] ok", .other("UTF8")),
            ("-ERR \t [AUTH]", .authentication), ("-ERR [\u{1B}]", .other("\\x1B")),
        ])
    func code(line: String, code: ResponseCode) throws {
        #expect(try Self.reply(line).code == code)
    }

    @Test(
        "a refusal may have its code or a colon right behind the indicator",
        arguments: [
            ("-ERR[IN-USE] locked", ResponseCode.inUse, "[IN-USE] locked"),
            ("-ERROR[SYS/TEMP]", .temporary, "[SYS/TEMP]"),
            ("-ERR: no such message", nil, "no such message"), ("-err:[AUTH]", .authentication, "[AUTH]"),
            ("-ERR:", nil, ""),
        ])
    func sloppyRefusal(line: String, code: ResponseCode?, text: String) throws {
        let reply = try Self.reply(line)
        #expect(!reply.isOK && reply.code == code && reply.displayText == text)
    }

    @Test(
        "nothing else may be right behind an indicator", arguments: ["+OK[UTF8]", "+OK:", "-ERRs", "-ERR.", "+OKAY"])
    func noStatusIndicator(line: String) {
        #expect(throws: POPError.self) { try Self.reply(line) }
    }

    @Test(
        "has no response code unless it begins with a whole one",
        arguments: [
            "-ERR", "-ERR [", "-ERR [AUTH", "-ERR no [AUTH]", "-ERR AUTH]", "-ERR []",
            "-ERR [" + String(repeating: "A", count: 64) + "]",
        ])
    func noCode(line: String) throws {
        #expect(try Self.reply(line).code == nil)
    }

    @Test("shows its text escaped")
    func displayText() throws {
        #expect(try Self.reply("-ERR \u{1B}[2Jno\u{7}").displayText == "\\x1B[2Jno\\x07")
    }

    @Test(
        "a maildrop status has a count and perhaps a size",
        arguments: [
            ("+OK 2 320", 2, 320 as UInt64?), ("+OK 0 0", 0, 0), ("+OK 2", 2, nil), ("+OK 2\t 320 more", 2, 320),
            ("+OK 2 -320", 2, nil), ("+OK 2 99999999999999999999", 2, nil), ("+OK 2 messages (320 octets)", 2, nil),
            ("+OK 10000000 18446744073709551615", 10_000_000, .max),
        ])
    func status(line: String, count: Int, octets: UInt64?) throws {
        let status = try #require(MaildropStatus(try Self.reply(line)))
        #expect(status.messageCount == count)
        #expect(status.octets == octets)
    }

    @Test(
        "no maildrop status without a count",
        arguments: ["+OK", "+OK two 320", "+OK -1 320", "+OK 99999999999999999999 1", "+OK \u{E9}"])
    func noStatus(line: String) throws {
        #expect(MaildropStatus(try Self.reply(line)) == nil)
    }
}
