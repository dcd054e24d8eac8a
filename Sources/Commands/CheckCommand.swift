import ArgumentParser
import Drain
import Manifest
import Platform

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tries a manifest and its servers, and writes nothing.",
        discussion: "Per account: TLS and certificates, login, capabilities, messages and octets. Ends as drain would.")

    @OptionGroup var options: ManifestOptions

    @Flag(name: .long, help: "One JSON object a line.")
    var json = false

    private struct Line: Encodable {
        var account: String
        var security: String?
        var tls: TLSLine?
        var implementation: String?
        var capabilities: [String]?
        var messages: Int?
        var octets: UInt64?
        var uniqueIDs: Bool?
        var error: String?
    }

    func run() async throws {
        try await reporting {
            let (manifest, accounts) = try options.load()
            let reports = await Probe(accounts, manifest.job).run()
            if json {
                for report in reports { JSONLine.write(Self.line(report)) }
            } else {
                Output.write(Self.table(reports))
            }
            try ExitStatus.throwIfAny(of: reports.compactMap(\.failure))
        }
    }

    private static func line(_ report: ProbeReport) -> Line {
        var line = Line(account: report.account)
        line.error = report.failure.map { "\($0)" }
        line.tls = report.tls.map { TLSLine($0) }
        guard let finding = report.finding else { return line }
        line.security = finding.security
        line.implementation = finding.implementation
        line.capabilities = finding.capabilities
        line.messages = finding.messageCount
        line.octets = finding.octets
        line.uniqueIDs = finding.hasUniqueIDs
        return line
    }

    private static func table(_ reports: [ProbeReport]) -> String {
        var table = TextTable([
            ("account", .left), ("login", .left), ("messages", .right), ("octets", .right), ("unique-ids", .left),
            ("TLS", .left), ("capabilities", .left),
        ])
        for report in reports {
            guard let finding = report.finding else {
                table.add([report.account.fitted(to: 40), "failed", "", "", "", "", ""])
                continue
            }
            table.add([
                report.account.fitted(to: 40), "ok", Format.count(finding.messageCount),
                finding.octets.map(Format.octets) ?? "?", finding.hasUniqueIDs ? "yes" : "none",
                finding.security ?? "none", finding.capabilities.joined(separator: " ").fitted(to: 60),
            ])
        }
        return table.rendered() + TLSBlocks.text(reports) + Output.failures(reports.map { ($0.account, $0.failure) })
    }
}
