import ArgumentParser
import Foundation

struct GrowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grow",
        abstract: "Grows a catalogue with made-up messages, and prints what it takes at every power of ten.",
        discussion: """
            Commits take the time of the messages since the line above. A cold lookup is the first one after the \
            operating system has forgotten the file; the others come after it. With --largest 10000000 it takes about \
            half an hour and 10 GB.
            """)

    @Option(name: .long, help: "Messages in the end.")
    var largest = 100_000

    @Option(name: .long, help: "Accounts that hold them.")
    var accounts = 200

    @Option(name: .long, help: "The folder to make the archive in, on the disk to measure.")
    var scratch = FileManager.default.temporaryDirectory.path

    @Flag(name: .long, help: "Also the bytes of every table and index per message, at the end.")
    var tables = false

    func validate() throws {
        guard largest >= 1000 else { throw ValidationError("--largest must be 1000 or more") }
        guard accounts >= 16 else { throw ValidationError("--accounts must be 16 or more") }
    }

    func run() throws {
        let workbench = try Workbench(in: scratch, seed: 1939, byteCount: 0)
        defer { workbench.remove() }
        var growth = try CatalogGrowth(workbench.newFolder(), accounts: accounts)
        var table = TextColumns(CatalogGrowth.titles)
        var count = 10_000
        while true {
            count = min(count, largest)
            table.add(try growth.grow(to: count))
            if count == largest { break }
            count *= 10
        }
        print(table.rendered(), terminator: "")
        if tables {
            print()
            var table = TextColumns(["table or index", "bytes per message"])
            for (name, bytes) in try growth.bytesByTable() {
                table.add([name, ResultTable.number(Double(bytes) / Double(largest))])
            }
            print(table.rendered(), terminator: "")
        }
    }
}
