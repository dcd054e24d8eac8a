import Archive
import Catalog
package import Manifest
import Platform

/// What a drain would do to one account.
package struct PreviewReport: Sendable {
    package struct Finding: Sendable {
        package let listed: Int
        package let alreadyArchived: Int
        /// Messages to fetch, and their octets by the scan listing. Some of them may be known again by their header.
        package let toFetch: Int
        package let octets: UInt64
        /// Messages to delete on the server, those fetched in the same run included.
        package let toDelete: Int
    }

    package let account: String
    package let finding: Finding?
    package let failure: AccountFailure?
}

/// Looks at accounts as a drain would, and writes, fetches and deletes nothing.
package struct Preview: Sendable {
    private let manifest: Manifest
    private let accounts: [Account]

    package init(_ manifest: Manifest, accounts: [Account]) {
        self.manifest = manifest
        self.accounts = accounts
    }

    /// The reports, in the order of the accounts.
    /// - Throws: when the archive cannot be read.
    package func run() async throws -> [PreviewReport] {
        let catalog = try MaildropVisit.catalog(of: manifest)
        let hosts = HostFacts(prompted: await PromptedPasswords.ask(for: accounts, stop: nil))
        let reports = await AccountErrand.run(accounts, manifest.job) { account in
            do {
                let finding = try Self.finding(account, hosts, catalog)
                return PreviewReport(account: account.name, finding: finding, failure: nil)
            } catch {
                let failure = AccountFailure(error, during: "the preview")
                return PreviewReport(account: account.name, finding: nil, failure: failure)
            }
        }
        return accounts.compactMap { reports[$0.name] }
    }

    private static func finding(
        _ account: Account, _ hosts: HostFacts, _ catalog: Catalog?
    ) throws -> PreviewReport.Finding {
        let visit = try MaildropVisit(account, hosts, catalog, for: account.deletion == .never ? .archiving : .deleting)
        defer { visit.quit() }
        let work = visit.work
        return PreviewReport.Finding(
            listed: work.known.count + work.entries.count, alreadyArchived: work.known.count, toFetch: work.openCount,
            octets: work.openOctets, toDelete: try toDelete(account, work, catalog))
    }

    private static func toDelete(_ account: Account, _ work: MaildropWork, _ catalog: Catalog?) throws -> Int {
        guard let latest = account.deletion.latestArchived(now: WallClock.now()) else { return 0 }
        var count = account.deletion == .archived ? work.openCount : 0
        if let catalog {
            count += try DeletionCandidate.known(of: work, account: account.name, catalog).count {
                $0.archived <= latest
            }
        }
        return min(count, account.deletionLimit ?? .max)
    }
}
