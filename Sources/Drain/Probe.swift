package import Manifest
import POP
import Platform
import Transport

/// What a probe of one account found.
package struct ProbeReport: Sendable {
    package struct Finding: Sendable {
        /// Protocol and cipher; `nil` in the clear.
        package let security: String?
        package let implementation: String?
        package let capabilities: [String]
        package let messageCount: Int
        /// As the server counts them; `nil` when it sends nonsense.
        package let octets: UInt64?
        package let hasUniqueIDs: Bool
    }

    package let account: String
    /// `nil` where no certificate was shown.
    package let tls: TLSFinding?
    package let finding: Finding?
    package let failure: AccountFailure?
}

/// Logs in to accounts and looks, without fetching or writing anything.
package struct Probe: Sendable {
    private let accounts: [Account]
    private let job: JobSettings

    package init(_ accounts: [Account], _ job: JobSettings) {
        self.accounts = accounts
        self.job = job
    }

    /// The reports, in the order of the accounts.
    package func run() async -> [ProbeReport] {
        let hosts = HostFacts(prompted: await PromptedPasswords.ask(for: accounts, stop: nil))
        let reports = await AccountErrand.run(accounts, job) { Self.probe($0, hosts) }
        return accounts.compactMap { reports[$0.name] }
    }

    private static func probe(_ account: Account, _ hosts: HostFacts) -> ProbeReport {
        var tls: TLSFinding?
        do {
            var errand = AccountLogin(account, hosts: hosts) { _ in }
            errand.onSecured = { tls = TLSFinding(account, $0) }
            let login = try errand.run { _ in }
            let status = try login.client.exchange(.stat)
            guard status.isOK, let maildrop = MaildropStatus(status) else { throw Refusal(what: "STAT", status) }
            let uniqueIDs = try login.client.exchange(.uniqueIDs)
            if uniqueIDs.isOK { try login.client.lines { _ in } }
            _ = try? login.client.exchange(.quit)
            let finding = ProbeReport.Finding(
                security: login.client.securityName, implementation: login.capabilities.implementation,
                capabilities: login.capabilities.names.sorted(), messageCount: maildrop.messageCount,
                octets: maildrop.octets, hasUniqueIDs: uniqueIDs.isOK)
            return ProbeReport(account: account.name, tls: tls, finding: finding, failure: nil)
        } catch {
            return ProbeReport(
                account: account.name, tls: tls ?? TLSFinding(account, refused: error), finding: nil,
                failure: AccountFailure(error, during: "the check"))
        }
    }
}
