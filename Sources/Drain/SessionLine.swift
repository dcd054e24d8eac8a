import POP

/// A session in the TRANSACTION state, and what is known of it.
struct SessionLine {
    /// Commands that may be under way at once where the server offers PIPELINING.
    private static let commandLimit = 256

    let client: POPClient
    let isPipelining: Bool
    /// As STAT told it at the beginning.
    let status: MaildropStatus

    /// - Parameters:
    ///   - isPipelining: several commands may be under way.
    ///   - octetLimit, isProven: see `PipelineWindow`.
    func window(
        isPipelining: Bool, octetLimit: UInt64 = PipelineWindow.leastOctetLimit, isProven: Bool = false
    ) -> PipelineWindow {
        PipelineWindow(
            commandLimit: isPipelining ? Self.commandLimit : 1, octetLimit: octetLimit, isProven: isProven)
    }

    /// Makes sure that replies and commands are in step: nothing is left of an earlier reply, and STAT counts what it
    /// counted before. Nothing may be under way, and nothing deleted.
    /// - Throws: `POPError.outOfStep`, whatever a reply may throw.
    func checkStep() throws {
        let reply = try client.exchange(.stat)
        guard reply.isOK, let now = MaildropStatus(reply), now.agrees(with: status), !client.hasUnread else {
            throw client.outOfStep()
        }
    }
}
