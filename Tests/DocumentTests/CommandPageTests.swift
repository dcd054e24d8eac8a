import Archive
import Foundation
import Retrieval
import Testing

@testable import Commands

/// Holds mailcask(1) against the program.
@Suite struct CommandPageTests {
    let page: ManualPage

    init() throws { page = try ManualPage("mailcask.1") }

    @Test("every command has a section of its own, and no section is about none") func commands() throws {
        let commands = try Program.described().commands
        #expect(commands.count >= 9)
        #expect(Set(try page.subsections(of: "COMMANDS")) == Set(commands.map(\.commandName)))
    }

    @Test("every flag and argument of a command stands in its section, and no other flag does") func options() throws {
        let commands = try Program.described().commands
        let filters = flags(in: try page.section("WHICH MESSAGES"))
        #expect(!filters.isEmpty)
        for command in commands {
            let body = try page.section(command.commandName)
            #expect(flags(in: body) == command.flags, "the flags of \(command.commandName)")
            let told = Set(explained(in: body)).union(command.flags.isSuperset(of: filters) ? filters : [])
            for word in command.flags { #expect(told.contains(word), "\(word) of \(command.commandName)") }
            for word in command.positionals { #expect(body.contains(word), "\(word) of \(command.commandName)") }
        }
    }

    @Test("the flags that choose messages are those of list, search and export") func filters() throws {
        let told = Set(explained(in: try page.section("WHICH MESSAGES")))
        for command in try Program.described().commands
        where ["list", "search", "export"].contains(command.commandName) {
            #expect(told.isSubset(of: command.flags), "\(command.commandName)")
        }
    }

    @Test("the flags of every command stand there") func commonFlags() throws {
        let told = explained(in: try page.section("OPTIONS"))
        #expect(told == ["-h", "--help", "--version", "--generate-completion-script"])
    }

    @Test("every exit status stands there, and no other") func exitStatuses() throws {
        let told = explained(in: try page.section("EXIT STATUS")).compactMap { Int32($0) }
        #expect(told == told.sorted())
        #expect(Set(told) == Set(ExitStatus.allCases.map(\.rawValue) + [130, 143]))
    }

    @Test("every format of export stands there") func exportFormats() throws {
        let told = explained(in: try page.section("export"))
        for format in ExportFormat.allCases { #expect(told.contains(format.rawValue), "\(format.rawValue)") }
    }

    @Test("every event of drain stands there, and no other") func events() throws {
        let source = try Package.text("Sources/Commands/JSONObserver.swift")
        let events = source.matches(of: /write\("([a-z-]+)"\)/).map { String($0.1) }
        #expect(events.count >= 7)
        #expect(Set(explained(in: try page.section("Events of drain"))) == Set(events))
    }

    /// The `Encodable` structs of Sources/Commands and the section that lists their fields.
    static let lines = [
        ("JSONObserver.swift", "Fields of events"), ("CheckCommand.swift", "Lines of check"),
        ("PreviewOutput.swift", "Lines of a dry run"), ("ReconcileCommand.swift", "Lines of reconcile"),
        ("StatusCommand.swift", "Lines of status"), ("MessageLines.swift", "Lines of list and search"),
    ]

    @Test("every field of JSON lines stands there, and no other", arguments: lines)
    func fields(file: String, section: String) throws {
        let source = try Package.text("Sources/Commands/\(file)")
        let structure = try #require(source.firstMatch(of: /struct \w+: Encodable \{\n((?:        var [^\n]*\n)+)/))
        let fields = structure.1.matches(of: /var (\w+):/).map { String($0.1) }
        #expect(fields.count >= 5)
        #expect(Set(explained(in: try page.section(section))) == Set(fields))
    }

    @Test("every field of a result stands there, and no other") func results() throws {
        var result = GroupRecord.Result(account: "ann")
        result.error = "none"
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(result))
        let fields = try #require(object as? [String: Any]).keys
        #expect(Set(explained(in: try page.section("Fields of a result"))) == Set(fields))
    }
}
