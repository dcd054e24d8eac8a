import Archive
import Catalog
import POP
import Platform
import Transport

/// Why an account is not complete, as a value of the run's report.
package struct AccountFailure: Error, Sendable, CustomStringConvertible {
    /// What to make of it; decides the exit status.
    package enum Kind: Sendable {
        /// A later run may do better with nothing changed.
        case retry
        /// Somebody must change something first: a password, a name, a certificate.
        case refused
        /// The disk or the archive: the whole run stops.
        case localDisk
        /// An archived copy cannot be read back: nothing of it is deleted on the server.
        case damaged
        /// The job was asked to stop.
        case stopped
        /// The counts do not add up.
        case unbalanced
    }

    package let kind: Kind
    /// What happened, for people; holds no secret.
    package let message: String
    /// What to do about it.
    package let remedy: String

    package init(_ kind: Kind, _ message: String, remedy: String) {
        self.kind = kind
        self.message = message
        self.remedy = remedy
    }

    package var description: String { remedy.isEmpty ? message : "\(message); \(remedy)" }

    /// The job was asked to stop before the account was done.
    static let stopped = AccountFailure(.stopped, "stopped before it was done", remedy: "run again to go on")

    /// Sessions were cut short, and none of the last ones got any further.
    static func noProgress(sessionCount: Int) -> AccountFailure {
        AccountFailure(
            .retry, "the last \(sessionCount) sessions brought nothing new, and messages are left",
            remedy: "run again to go on; with `delete = \"never\"` a session has no limits")
    }

    /// The counts of an account do not add up: a mistake of ours, told rather than hidden.
    static func unbalanced(_ result: GroupRecord.Result) -> AccountFailure {
        AccountFailure(
            .unbalanced,
            "\(result.listed) messages were listed, but \(result.alreadyArchived) had, \(result.archived) new, "
                + "\(result.duplicates) duplicate, \(result.quarantined) quarantined and \(result.left) left do not "
                + "make that number",
            remedy: "run `mailcask reconcile`, and report this as a mistake of mailcask")
    }

    /// Makes an account's failure of what ended a session.
    init(_ error: any Error, in phase: AccountProgress.Phase) {
        guard let error = error as? POPError else {
            self.init(error, during: phase.step)
            return
        }
        // In the middle of a transfer a new session may do better, without the message or the pipelining that brought it
        // there.
        let mayPass = [.comparing, .receiving, .deleting].contains(phase) || Self.mayPass(error)
        self.init(
            mayPass ? .retry : .refused, "during \(phase.step): \(error)", remedy: Self.remedy(error))
    }

    /// Makes a failure of whatever stopped a step.
    init(_ error: any Error, during step: String) {
        switch error {
        case let failure as AccountFailure: self = failure
        case let error as LostUniqueIDs: self = error.failure
        case let error as TransportError where error.code == .stopped: self = .stopped
        case let error as TransportError:
            self.init(error.isTemporary ? .retry : .refused, error.description, remedy: "")
        case let error as POPError:
            self.init(Self.mayPass(error) ? .retry : .refused, "during \(step): \(error)", remedy: Self.remedy(error))
        case let error as Refusal:
            self.init(
                error.isTemporary ? .retry : .refused, error.description,
                remedy: error.isTemporary ? "run again later" : "ask the server's operator")
        case is CancellationError: self = .stopped
        default: self.init(.localDisk, "\(Catalog.explained(error))", remedy: "")
        }
    }

    /// A server that answers nonsense goes on so; one that closes or falls out of step may do better in a new session.
    private static func mayPass(_ error: POPError) -> Bool {
        switch error.code {
        case .endedBeforeGreeting, .endedInsideReply, .lostCommand, .outOfStep: true
        default: false
        }
    }

    private static func remedy(_ error: POPError) -> String {
        switch error.code {
        case .endedInsideReply: "what came before is kept; run again to go on"
        case .endedBeforeGreeting: "lower `parallel-per-host`, or run again later"
        default: ""
        }
    }
}
