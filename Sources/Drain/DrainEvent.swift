package import Archive

/// What a run tells whoever watches it.
package enum DrainEvent: Sendable {
    /// Something worth knowing before or between the accounts.
    case notice(String)
    case runStarted(run: String, accountCount: Int)
    case accountStarted(AccountProgress)
    /// The listing was compared: so many messages, of which so many are new.
    case accountListed(account: String, listed: Int, new: Int)
    /// A session failed; the account is tried again after so many seconds.
    case accountWaits(account: String, reason: String, seconds: Double)
    /// One message that could not be had; the account goes on.
    case messageFailed(account: String, number: String, reason: String)
    case accountFinished(AccountReport)
    case runFinished(RunReport)
}

/// How a run ended for one account.
package struct AccountReport: Sendable {
    package let result: GroupRecord.Result
    /// `nil` when everything that was listed is archived.
    package let failure: AccountFailure?

    package var account: String { result.account }

    package var isComplete: Bool { failure == nil && result.missing == 0 }
}

/// How a run ended.
package struct RunReport: Sendable {
    package let run: String
    package let accounts: [AccountReport]
    /// Accounts of the manifest that were never begun, because the job was stopped.
    package let notStarted: [String]
    /// What was found damaged when the archive was opened.
    package let damages: [String]
    package let seconds: Double
    /// What ended the whole run early; the archive is good up to the last group.
    package let fatal: AccountFailure?

    package var isComplete: Bool {
        fatal == nil && notStarted.isEmpty && accounts.allSatisfy(\.isComplete)
    }
}

/// Takes the events of a run, from any thread.
package protocol DrainObserver: Sendable {
    func handle(_ event: DrainEvent)
}
