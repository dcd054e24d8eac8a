import Catalog
import Manifest
import POP

/// A session that has seen what its maildrop holds.
struct ListedMaildrop {
    let login: AccountLogin.Success
    let line: SessionLine
    let listing: MaildropListing

    /// Logs in and asks for the listing. A host that loses a command behind another one is called again, and from then on
    /// gets one at a time.
    /// - Parameters:
    ///   - purpose, believesRefusal: see `MaildropListing`.
    ///   - onLogin: gets each session as soon as it is logged in.
    ///   - admit: see `MaildropListing`.
    /// - Throws: `AccountFailure`, `TransportError`, `POPError`, `Refusal`, `LostUniqueIDs`.
    init(
        _ account: Account, _ login: AccountLogin, _ hosts: HostFacts, _ checkpoints: Checkpoints,
        for purpose: ListingPurpose, believesRefusal: Bool = true,
        entering phase: (AccountProgress.Phase) -> Void = { _ in }, onLogin: (AccountLogin.Success) -> Void = { _ in },
        admit: (MaildropStatus) throws -> Void = { _ in }
    ) throws {
        let questions = MaildropListing.questions(checkpoints, for: purpose)
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
            } catch let error as POPError where error.code == .outOfStep || error.code == .lostCommand {
                hosts.update(account) { $0.isPipeliningBroken = true }
                throw error
            }
            let line = SessionLine(client: success.client, isPipelining: isPipelining, status: listing.status)
            return ListedMaildrop(login: success, line: line, listing: listing)
        }
        do { self = try attempt() } catch let error as POPError where error.code == .lostCommand {
            self = try attempt()
        }
    }

    private init(login: AccountLogin.Success, line: SessionLine, listing: MaildropListing) {
        (self.login, self.line, self.listing) = (login, line, listing)
    }
}
