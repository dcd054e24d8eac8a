import POP
import Testing

@testable import Drain

@Suite struct NetrcTests {
    static let whole = """
        # machines of the office
        machine other.example login ann password wrong
        machine pop.example.org login bob password b0b account x
        macdef init
        machine pop.example.org login ann password in-a-macro

        machine POP.example.org
        \tlogin ann
        \tpassword "two \\"words\\" \\\\" # the second
        default login eve password e\\ v\\#e

        """

    /// The password as text; `nil` where there is none.
    private static func password(
        _ text: String, machine: String = "pop.example.org", login: String = "ann"
    ) throws(Netrc.Failure) -> String? {
        try Netrc.password(machine: machine, login: login, in: Array(text.utf8))?.withBytes {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test(
        "finds the password of a login at a machine",
        arguments: [
            ("pop.example.org", "ann", "two \"words\" \\"), ("POP.EXAMPLE.ORG", "ann", "two \"words\" \\"),
            ("pop.example.org", "bob", "b0b"), ("other.example", "ann", "wrong"), ("pop.example.org", "eve", "e v#e"),
            ("elsewhere.example", "eve", "e v#e"), ("elsewhere.example", "ann", nil), ("pop.example.org", "Ann", nil),
        ])
    func whole(machine: String, login: String, password: String?) throws {
        #expect(try Self.password(Self.whole, machine: machine, login: login) == password)
    }

    @Test(
        "reads what is written in other ways",
        arguments: [
            ("machine pop.example.org login ann password p", "p"),
            ("machine pop.example.org password p", "p"), ("machine pop.example.org password p login ann", "p"),
            ("machine pop.example.org login \"ann\" passwd #p#", "#p#"),
            ("machine\r\n\tpop.example.org\r\nlogin ann\r\npassword p\r\n", "p"),
            ("machine pop.example.org login ann machine pop.example.org password p", "p"),
            ("machine pop.example.org login ann password a machine pop.example.org login ann password b", "a"),
            ("machine pop.example.org login ann password \"\"", ""), ("default password p", "p"),
            ("machine pop.example.org login ann password grün", "grün"),
            ("macdef x\nbla \"\n\nmachine pop.example.org password p", "p"), ("macdef x\n\n", nil), ("", nil),
            ("macdef x\r\nbla\r\n\r\nmachine pop.example.org password p", "p"), ("macdef x", nil),
            ("machine pop.example.org", nil), ("machine pop.example.org login ann", nil), ("# only a comment", nil),
        ])
    func ways(text: String, password: String?) throws { #expect(try Self.password(text) == password) }

    @Test(
        "names the line of what it cannot read, and shows nothing of it",
        arguments: [
            ("machine pop.example.org\nlogin ann\npasword hunter2", 3, Netrc.Failure.Reason.unknownWord),
            ("hunter2", 1, .unknownWord), ("machine", 1, .missingValue), ("default\nlogin", 2, .missingValue),
            ("default\nlogin ann\npassword\n", 4, .missingValue),
            ("default password \"hunter2\nlogin ann", 1, .openQuote), ("default password \"hunter2", 1, .openQuote),
            ("default password \"hunter2\\", 1, .openQuote), ("password hunter2", 1, .outsideEntry),
            ("\n\nlogin hunter2", 3, .outsideEntry), ("macdef", 1, .missingValue),
        ])
    func mistakes(text: String, line: Int, reason: Netrc.Failure.Reason) {
        let failure = Netrc.Failure(line: line, reason: reason)
        #expect(throws: failure) { try Self.password(text) }
        #expect(!failure.description.contains("hunter2"))
    }

    @Test("a file cut at any byte gives no password of another login")
    func truncated() {
        let bytes = Array(Self.whole.utf8)
        for count in 0...bytes.count {
            let found = try? Netrc.password(machine: "pop.example.org", login: "ann", in: Array(bytes[..<count]))
            let text = found?.withBytes { String(decoding: $0, as: UTF8.self) }
            #expect(text == nil || text == "two \"words\" \\", "cut at \(count)")
        }
    }

    @Test("a file with any byte replaced is read or refused, never a crash", arguments: Array("\"\\# \n\0".utf8))
    func mutated(byte: UInt8) {
        var bytes = Array(Self.whole.utf8)
        for index in bytes.indices {
            let old = bytes[index]
            bytes[index] = byte
            let found = try? Netrc.password(machine: "pop.example.org", login: "ann", in: bytes)
            #expect(found?.withBytes { $0.count } ?? 0 < bytes.count)
            bytes[index] = old
        }
    }
}
