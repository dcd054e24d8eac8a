import Archive
import Catalog
import Mail
package import Manifest
import POP
import Platform
import Transport

/// How a maildrop and the archive agree.
package struct ReconciliationReport: Sendable {
    package struct Finding: Sendable {
        package var listed = 0
        /// On the server and in the archive, by unique-id and size.
        package var inBoth = 0
        /// On the server, and not known by name and size: the next drain looks at them.
        package var onlyOnServer = 0
        /// Archived messages of which the server lists no unique-id any more.
        package var onlyInArchive = 0
        /// Messages in both that were fetched, and compared with their SHA-256.
        package var compared = 0
        /// The unique-ids of those whose bytes are others on the server, escaped.
        package var differing: [String] = []
        /// The unique-ids of those that the server would not give, escaped, with its words.
        package var refused: [String] = []
    }

    package let account: String
    /// So far, where there is a failure; `nil` where there is nothing to tell.
    package let finding: Finding?
    package let failure: AccountFailure?
}

/// Compares the listings of servers with the archive, and a share of the messages by their bytes. Writes and deletes
/// nothing.
package struct Reconciliation: Sendable {
    private let manifest: Manifest
    private let accounts: [Account]
    private let sample: Double

    /// - Parameter sample: the share of the messages in both that is fetched and compared, 0 to 1.
    package init(_ manifest: Manifest, accounts: [Account], sample: Double) {
        self.manifest = manifest
        self.accounts = accounts
        self.sample = sample
    }

    /// The reports, in the order of the accounts.
    /// - Throws: when the archive cannot be read.
    package func run() async throws -> [ReconciliationReport] {
        let catalog = try MaildropVisit.catalog(of: manifest)
        let hosts = HostFacts(prompted: await PromptedPasswords.ask(for: accounts, stop: nil))
        let sample = sample
        let reports = await AccountErrand.run(accounts, manifest.job) { account in
            var finding: ReconciliationReport.Finding?
            do {
                try Self.find(&finding, account, hosts, catalog, sample)
                return ReconciliationReport(account: account.name, finding: finding, failure: nil)
            } catch {
                let failure = AccountFailure(error, during: "the comparison")
                return ReconciliationReport(account: account.name, finding: finding, failure: failure)
            }
        }
        return accounts.compactMap { reports[$0.name] }
    }

    /// - Parameter found: gets what the listing shows, and then what each message that is compared shows.
    private static func find(
        _ found: inout ReconciliationReport.Finding?, _ account: Account, _ hosts: HostFacts, _ catalog: Catalog?,
        _ sample: Double
    ) throws {
        let visit = try MaildropVisit(account, hosts, catalog, for: .reconciling)
        defer { visit.quit() }
        guard visit.hasUniqueIDs else {
            throw AccountFailure(
                .refused, "the server has no unique-ids, so its listing cannot be compared with the archive",
                remedy: "`mailcask drain` compares by content, and fetches every message for that")
        }
        let work = visit.work
        var finding = ReconciliationReport.Finding()
        finding.listed = work.known.count + work.entries.count
        finding.inBoth = work.known.count
        finding.onlyOnServer = work.entries.count
        guard let catalog else {
            found = finding
            return
        }
        // A message may have an older name besides, which the server does not list any more; one whose name is listed with
        // another size is not gone.
        let contents = try catalog.checkpointedMessages(account: account.name)
        var gone = Set(contents.values)
        work.forEachName { if let message = contents[$0] { gone.remove(message) } }
        finding.onlyInArchive = gone.count
        found = finding
        for entry in work.known where Double.random(in: 0..<1) < sample {
            try compare(entry, account, visit, catalog, &finding)
            found = finding
        }
    }

    private static func compare(
        _ entry: MaildropListing.Known, _ account: Account, _ visit: MaildropVisit, _ catalog: Catalog,
        _ finding: inout ReconciliationReport.Finding
    ) throws {
        let name = visit.work.checkpoints.uniqueID(at: entry.checkpoint)
        guard let message = try catalog.archivedMessage(uniqueID: name, account: account.name) else { return }
        try visit.client.send([.retrieve(entry.number)])
        let listed = MaildropListing.Entry(number: entry.number, uniqueID: UniqueID(name), octets: entry.octets)
        let reply = try visit.line.replyToMessage(listed, isGuarded: false)
        guard reply.isOK else {
            finding.refused.append("\(UniqueID(name)): \(reply.displayText)")
            return
        }
        var stream = DigestStream()
        try visit.line.body(of: listed) { stream.update($0) }
        finding.compared += 1
        if stream.finish() != message.digest { finding.differing.append("\(UniqueID(name))") }
    }
}
