import Archive
import Catalog
import Manifest
import POP

/// A session that looks at a maildrop and compares it with the archive, and changes neither.
struct MaildropVisit {
    let client: POPClient
    let capabilities: Capabilities
    let line: SessionLine
    let work: MaildropWork
    let hasUniqueIDs: Bool

    /// - Parameters:
    ///   - catalog: `nil` where there is no archive yet.
    ///   - purpose: see `MaildropListing`.
    init(_ account: Account, _ hosts: HostFacts, _ catalog: Catalog?, for purpose: ListingPurpose) throws {
        let checkpoints = try catalog?.maildropState(of: GroupRecord.Account(account)).checkpoints ?? Checkpoints()
        let maildrop = try ListedMaildrop(
            account, AccountLogin(account, hosts: hosts) { _ in }, hosts, checkpoints, for: purpose)
        (client, capabilities, line) = (maildrop.login.client, maildrop.login.capabilities, maildrop.line)
        var work = MaildropWork(account.name)
        work.take(maildrop.listing, checkpoints)
        hasUniqueIDs = maildrop.listing.hasUniqueIDs
        self.work = work
    }

    /// Ends the session, unless it has broken in the middle of a reply.
    func quit() { if client.isIdle { _ = try? client.exchange(.quit) } }

    /// The catalogue of a manifest's archive, for reading; `nil` where there is no archive yet.
    static func catalog(of manifest: Manifest) throws -> Catalog? {
        let layout = ArchiveLayout(root: manifest.archive.path)
        guard ArchiveFolder.exists(layout) else { return nil }
        try ArchiveFolder.check(layout)
        return try Catalog(layout, .read)
    }
}

/// Something that is done once for each account, without writing.
struct AccountErrand<Outcome: Sendable>: ScheduledWork {
    let account: Account
    let body: @Sendable (Account) -> Outcome

    var host: String { account.host }

    func turn() async -> Turn<Outcome> { .finished(body(account)) }

    /// Does it for all accounts, as many at once as the manifest allows.
    /// - Returns: the outcomes by the names of the accounts.
    static func run(
        _ accounts: [Account], _ job: JobSettings, _ body: @escaping @Sendable (Account) -> Outcome
    ) async -> [String: Outcome] {
        let errands = accounts.map { account in
            AccountErrand<(String, Outcome)>(account: account) { ($0.name, body($0)) }
        }
        var outcomes: [String: Outcome] = [:]
        _ = await Schedule(errands, job).run(stop: StopControl()) { name, outcome in
            outcomes[name] = outcome
            return true
        }
        return outcomes
    }
}
