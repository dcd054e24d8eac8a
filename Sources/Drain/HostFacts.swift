import Manifest
import OAuth
import POP
import Platform
import Transport

/// What a run has learnt of its hosts, and of the person that was asked, shared by the sessions with them.
final class HostFacts: Sendable {
    /// What was asked for before the first login.
    let prompted: PromptedPasswords
    /// What issuers gave, until it ends.
    let tokens = AccessTokens()

    struct Host: Hashable, Sendable {
        let name: String
        let port: UInt16
        let tls: TLSMode
        /// By another way the same name may lead to another host.
        let route: Endpoint.Route
        /// What one account believes of a server that it has let in is not for another that would not; who the client is
        /// does not count.
        let trust: TLSPolicy

        init(_ account: Account) {
            (name, port, tls) = (account.host, account.port, account.tls)
            route = Endpoint.Route(account, .none)
            var trust = account.tlsPolicy
            trust.clientIdentity = nil
            self.trust = trust
        }
    }

    struct Facts: Sendable {
        /// What CAPA told before a login; the same for all accounts of a host.
        var capabilities: Capabilities?
        /// What it told behind STLS.
        var capabilitiesInTLS: Capabilities?
        /// What it told behind a login.
        var capabilitiesAfterLogin: Capabilities?
        /// How often it closed or hung at CAPA.
        var capabilitySilenceCount = 0
        /// Octets that may be under way in a session, by what the last one saw.
        var octetLimit = PipelineWindow.leastOctetLimit
        /// It served many messages in a row that were under way together.
        var isPipeliningProven = false
        /// It is known to list all messages at once.
        var listsAll = false
        /// The most messages that it has listed at once, and then had no more; and how often.
        var wholeListing = (messageCount: 0, timesSeen: 0)
        /// It had more messages than it listed at once.
        var listsParts = false
        /// How often it closed when it was asked several things at once.
        var closedAtQuestionsCount = 0
        /// It took long to answer a QUIT: the next session with it waits for that.
        var isSlowAtQuit = false
        /// Logins that it refused since the last good one.
        var refusedLoginCount = 0
        /// How often it closed or hung at a UTF8 that CAPA had not offered.
        var utf8SilenceCount = 0
        /// Replies were lost or out of step although PIPELINING is offered: one command at a time from now on.
        var isPipeliningBroken = false

        /// Whether it may have more messages than the so many that it lists. A maildrop of exactly as many as a host lists
        /// at most would look whole, two of them hardly.
        func mayHaveMore(than listedCount: Int) -> Bool {
            if listsAll { return false }
            let isLess = listedCount < wholeListing.messageCount
            let isEqual = listedCount == wholeListing.messageCount && wholeListing.timesSeen > 1
            return listsParts || !(isLess || isEqual)
        }

        /// Dovecot lists all; of others it has to be seen.
        mutating func noteGreeting(_ text: String) { listsAll = text.contains("Dovecot") }

        /// A session that was to look for more messages has seen whether there were any.
        mutating func noteFurtherSession(behind listedCount: Int, foundMore: Bool) {
            if foundMore {
                listsParts = true
            } else if listedCount == wholeListing.messageCount {
                wholeListing.timesSeen += 1
            } else if listedCount > wholeListing.messageCount {
                wholeListing = (listedCount, 1)
            }
        }

        /// The network may close a session at any moment; a server that does so twice when it is asked several things may
        /// not bear that.
        mutating func noteUnheardQuestions(isClosed: Bool) {
            closedAtQuestionsCount += isClosed ? 1 : 0
            guard !isClosed || closedAtQuestionsCount > 1 else { return }
            isPipeliningBroken = true
            // The answer to another question may have been taken for one to CAPA.
            capabilitiesAfterLogin = nil
        }

        /// Once may be the network. A server that knows UTF8 is not to be taken for one that does not (RFC 6856).
        var isCapabilityCommandBroken: Bool { capabilitySilenceCount > 1 }
        var isUTF8CommandBroken: Bool { utf8SilenceCount > 1 }
    }

    private let facts = Lock<[Host: Facts]>([:])

    init(prompted: PromptedPasswords = PromptedPasswords()) { self.prompted = prompted }

    subscript(account: Account) -> Facts { facts.withLock { $0[Host(account)] ?? Facts() } }

    func update(_ account: Account, _ change: (inout Facts) -> Void) {
        facts.withLock { change(&$0[Host(account), default: Facts()]) }
    }
}
