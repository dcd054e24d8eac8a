import ArgumentParser
import Foundation
import Platform

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Takes the measurements (what happens without a subcommand).")

    @Option(name: .long, help: "Only the measurements whose name holds this text.")
    var filter: String?

    @Option(name: .long, help: "Runs of each measurement; the table shows median, least and most.")
    var runs = 5

    @Option(name: .long, help: "Millions of bytes of generated mail.")
    var megabytes = 96

    @Option(name: .long, help: "The seed of the generated mail.")
    var seed: UInt64 = 1939

    @Option(name: .long, help: "The folder to make archives in, on the disk to measure.")
    var scratch = FileManager.default.temporaryDirectory.path

    @Flag(name: .long, help: "One JSON object a line instead of the table.")
    var json = false

    @Flag(name: .long, help: "The names of the measurements, and nothing else.")
    var list = false

    func validate() throws {
        guard runs >= 1 else { throw ValidationError("--runs must be 1 or more") }
        guard (1...65_536).contains(megabytes) else { throw ValidationError("--megabytes must be from 1 to 65536") }
    }

    func run() throws {
        let chosen = Benchmark.all.filter { benchmark in filter.map { benchmark.name.contains($0) } ?? true }
        if list { return chosen.forEach { print($0.name) } }
        guard !chosen.isEmpty else { throw ValidationError("no measurement is called like that; try --list") }
        let workbench = try Workbench(in: scratch, seed: seed, byteCount: megabytes * 1_000_000)
        defer { workbench.remove() }
        var table = ResultTable()
        for benchmark in chosen {
            Terminal.writeToStandardError("\(benchmark.name)\n")
            let summary = try measure(benchmark, workbench)
            if json { print(try summary.jsonLine()) } else { table.add(summary) }
        }
        if !json { print(table.rendered(), terminator: "") }
    }

    /// The first run warms caches and maps memory, and does not count.
    private func measure(_ benchmark: Benchmark, _ workbench: Workbench) throws -> Summary {
        let run = try benchmark.prepare(workbench)
        if benchmark.warmsUp { _ = try run() }
        return Summary(benchmark, try (0..<min(runs, benchmark.runLimit)).map { _ in try run() })
    }
}
