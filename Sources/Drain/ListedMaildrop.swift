import Catalog
import Manifest
import POP

/// A session that has seen what its maildrop holds.
struct ListedMaildrop {
    let login: AccountLogin.Success
    let line: SessionLine
    let listing: MaildropListing

    /// Logs in and asks for the listing. A host that loses a command which was sent with others, or answers nonsense to
    /// them, is called again, and from then on gets one at a time.
    /// - Parameters:
    ///   - purpose, believesRefusal: see `MaildropListing`.
    ///   - onLogin: gets each session as soon as it is logged in.
    ///   - admit: see `MaildropListing`.
    /// - Throws: `AccountFailure`, `TransportError`, `POPError`, `Refusal`, `LostUniqueIDs`, `ListingRoom.Full`.
    init(
        _ account: Account, _ login: AccountLogin, _ hosts: HostFacts, _ checkpoints: Checkpoints,
        for purpose: ListingPurpose, believesRefusal: Bool = true,
        entering phase: (AccountProgress.Phase) -> Void = { _ in }, onLogin: (AccountLogin.Success) -> Void = { _ in },
        admit: ((MaildropStatus) throws -> Void)? = nil
    ) throws {
        // A listing that may not fit is not asked for.
        let questions = admit == nil ? MaildropListing.questions(checkpoints, for: purpose) : [.stat]
        func attempt() throws -> ListedMaildrop {
            let success = try login.run(asking: questions, entering: phase)
            onLogin(success)
            phase(.listing)
            let isPipelining = success.capabilities.pipelining && !hosts[account].isPipeliningBroken
            let listing: MaildropListing
            do {
                listing = try MaildropListing(
                    success.client, asked: success.asked, checkpoints: checkpoints, for: purpose,
                    believesRefusal: believesRefusal, admit: admit)
            } catch let full as ListingRoom.Full {
                _ = try? success.client.exchange(.quit)
                throw full
            } catch  where success.asked.count > 1 && Self.isNonsense(error) {
                hosts.update(account) { $0.noteUnheardQuestions(isClosed: Self.isClosing(error)) }
                throw QuestionsUnheard(cause: error)
            }
            let line = SessionLine(client: success.client, isPipelining: isPipelining, status: listing.status)
            return ListedMaildrop(login: success, line: line, listing: listing)
        }
        do { self = try attempt() } catch let unheard as QuestionsUnheard {
            guard !Self.isClosing(unheard.cause) else { throw unheard.cause }
            self = try attempt()
        }
    }

    /// What a server made of several questions.
    private struct QuestionsUnheard: Error {
        let cause: any Error
    }

    /// Whether an error may come of a reply that was lost or of one in the place of another.
    private static func isNonsense(_ error: any Error) -> Bool {
        error is POPError || (error as? Refusal)?.reply.isOK == true
    }

    private static func isClosing(_ error: any Error) -> Bool { (error as? POPError)?.code == .endedInsideReply }

    private init(login: AccountLogin.Success, line: SessionLine, listing: MaildropListing) {
        (self.login, self.line, self.listing) = (login, line, listing)
    }
}
