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
        /// The job was asked to stop.
        case stopped
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

    /// Makes an account's failure of whatever stopped it.
    init(_ error: any Error, during step: String) {
        switch error {
        case let failure as AccountFailure: self = failure
        case let error as TransportError where error.code == .stopped: self = .stopped
        case let error as TransportError:
            self.init(error.isTemporary ? .retry : .refused, error.description, remedy: "")
        case let error as POPError:
            self.init(
                Self.isPermanent(error) ? .refused : .retry, "during \(step): \(error)",
                remedy: Self.remedy(error))
        case let error as Refusal:
            self.init(
                error.isTemporary ? .retry : .refused, error.description,
                remedy: error.isTemporary ? "run again later" : "ask the server's operator")
        case is CancellationError: self = .stopped
        default: self.init(.localDisk, "\(error)", remedy: "")
        }
    }

    private static func remedy(_ error: POPError) -> String {
        switch error.code {
        case .endedInsideReply: "what came before is kept; run again to go on"
        case .endedBeforeGreeting: "lower `parallel-per-host`, or run again later"
        default: ""
        }
    }

    private static func isPermanent(_ error: POPError) -> Bool {
        switch error.code {
        case .wrongService, .notAReply, .listingTooLong, .malformedListing, .lineTooLong, .unsolicited: true
        case .endedBeforeGreeting, .endedInsideReply: false
        }
    }
}
