import Manifest
import POP
import Platform
import Transport

/// A POP3 session over a connection: the state machine of `POP` driven by the socket of `Transport`, with a time-out
/// for every wait. Used by one thread; every call blocks.
final class POPClient {
    /// One record of TLS, twice; larger than any reply line.
    private static let bufferByteCount = 32 << 10
    /// A body or listing that brings fewer bytes a second, over a `stall-timeout`, counts as stalled.
    private static let lowestBytesPerSecond = 256

    /// The text of the greeting, for people.
    private(set) var greeting: String
    /// As the server sent it.
    private(set) var greetingText: [UInt8] = []
    private let connection: Connection
    private let timeouts: Timeouts
    private var session: Session
    private let buffer: UnsafeMutableRawBufferPointer
    /// In the buffer: what was read and not yet understood, and what was understood last.
    private var unread = 0..<0
    private var consumed = 0..<0
    private var deadline: Deadline
    /// Bytes since the deadline was set, and whether bytes renew it.
    private var progress = 0
    private var isMoving = false

    /// Connects and reads the greeting.
    /// - Parameters:
    ///   - mask: of an earlier session with the same password.
    ///   - stop: ends the connecting once it is raised.
    /// - Throws: `AccountFailure`, `TransportError`, `POPError`, `Refusal`.
    init(
        _ account: Account, limits: Limits = Limits(), mask: EchoMask? = nil, stop: EventFlag?,
        onOpen: (SocketHandle) -> Void
    ) throws {
        let endpoint = Endpoint(account)
        connection = try ProxyPassword.lend(of: account) { password in
            try Connection(
                to: endpoint, timeout: account.timeouts.connect, proxyPassword: password, stop: stop, onOpen: onOpen)
        }
        timeouts = account.timeouts
        session = Session(limits: limits, mask: mask, lineEnd: account.terminator == .lf ? .lf : .crlf)
        buffer = .allocate(byteCount: Self.bufferByteCount, alignment: 16)
        deadline = Deadline(after: timeouts.greeting)
        greeting = ""
        guard case .greeting(let reply) = try next(.greeting, { _ in }) else {
            preconditionFailure("a session begins with its greeting")
        }
        guard reply.isOK else { throw Refusal(what: "the greeting", reply) }
        greeting = reply.displayText
        greetingText = reply.text
    }

    deinit { buffer.deallocate() }

    /// The protocol and cipher; `nil` in the clear.
    var securityName: String? { connection.securityName }

    /// See `Connection`.
    var isTLS13: Bool { connection.isTLS13 }
    func channelBinding(_ type: ChannelBindingType) -> [UInt8]? { connection.channelBinding(type) }

    /// Whether TLS is to come by STLS.
    var awaitsSTLS: Bool { connection.security == .startTLS && securityName == nil }

    /// The server's certificates, its own first; none in the clear.
    var chain: [PeerCertificate] { connection.chain }

    /// Takes the password out of what the server sends; `nil` before it was sent.
    var mask: EchoMask? { session.mask }

    /// Takes a secret out of what the server sends that is never sent as it is.
    func hide(_ secret: SecretBytes) { session.hide(secret) }

    var handle: SocketHandle { connection.handle }

    /// That a reply belongs to no command, with what is left of it.
    func outOfStep() -> POPError {
        POPError(.outOfStep, received: UnsafeRawBufferPointer(buffer)[unread].prefix(1000), mask: mask)
    }

    /// Whether the session goes on and nothing is under way.
    var isIdle: Bool { session.isTransaction && session.inFlightCount == 0 }

    /// Whether bytes came behind the last reply, while nothing was asked.
    var hasUnread: Bool { !unread.isEmpty }

    /// Shakes hands after STLS was answered.
    /// - Throws: `POPError.unsolicited` when bytes came in the clear behind the reply (RFC 2595, section 4).
    func startTLS() throws {
        guard unread.isEmpty else {
            throw session.unsolicited(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[unread]))
        }
        try connection.startTLS(timeout: timeouts.connect)
    }

    /// Sends commands in one write. Their replies come in the same order.
    /// - Throws: `POPError.outOfStep` where bytes came although nothing was asked, `TransportError`.
    func send(_ commands: [Command]) throws {
        guard session.inFlightCount > 0 || unread.isEmpty else { throw outOfStep() }
        var wire: [UInt8] = []
        // No growing, which would leave copies of a password behind.
        wire.reserveCapacity(commands.reduce(0) { $0 + $1.byteLimit })
        for command in commands { session.send(command, to: &wire) }
        let deadline = Deadline(after: timeouts.reply)
        defer { SecretBytes.wipe(&wire) }
        try wire.withUnsafeBytes { try connection.write($0, deadline: deadline) }
    }

    /// Reads the status line of the next reply.
    func reply(_ phase: TransportError.Phase = .reply) throws -> Reply {
        isMoving = false
        deadline = Deadline(after: phase == .login || phase == .quit ? timeouts.login : timeouts.reply)
        guard case .reply(_, let reply) = try next(phase, { _ in }) else {
            preconditionFailure("a status line was due")
        }
        return reply
    }

    /// What a server says to AUTH: it asks further, or replies.
    enum AuthenticationStep {
        /// In base64.
        case challenge([UInt8])
        case reply(Reply)
    }

    /// Reads what the server says to AUTH, or to the answer to a challenge.
    func authenticationStep() throws -> AuthenticationStep {
        isMoving = false
        deadline = Deadline(after: timeouts.login)
        switch try next(.login, { _ in }) {
        case .challenge(let range):
            return .challenge(Array(buffer[consumed.lowerBound...].dropFirst(range.lowerBound).prefix(range.count)))
        case .reply(_, let reply): return .reply(reply)
        default: preconditionFailure("a challenge or a status line was due")
        }
    }

    /// Answers a challenge.
    /// - Parameter line: in base64, or `*`.
    /// - Throws: `POPError.outOfStep` where more came than the challenge.
    func answer(_ line: SecretBytes) throws {
        guard unread.isEmpty else { throw outOfStep() }
        var wire: [UInt8] = []
        wire.reserveCapacity(line.withBytes { $0.count } + 2)
        session.answer(line, to: &wire)
        defer { SecretBytes.wipe(&wire) }
        try wire.withUnsafeBytes { try connection.write($0, deadline: Deadline(after: timeouts.reply)) }
    }

    /// Waits for the answer to a QUIT that nothing depends on.
    func awaitGoodbye(_ deadline: Deadline) {
        isMoving = false
        self.deadline = deadline
        _ = try? next(.quit) { _ in }
    }

    /// Sends one command and reads its status line.
    func exchange(_ command: Command, _ phase: TransportError.Phase = .reply) throws -> Reply {
        try send([command])
        return try reply(phase)
    }

    /// Reads the lines of a listing after its `+OK`; each is valid during the call.
    func lines(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        renewProgress()
        while true {
            switch try next(.reply, { _ in }) {
            case .line(_, let range):
                let bytes = UnsafeRawBufferPointer(buffer)[consumed.lowerBound...]
                let line = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(range.lowerBound).prefix(range.count))
                do { try body(line) } catch let error as POPError where error.code == .malformedListing {
                    throw POPError(.malformedListing, received: line, mask: mask)
                }
            case .end: return
            default: preconditionFailure("a listing holds lines")
            }
        }
    }

    /// Reads a message after its `+OK`, up to its terminator.
    /// - Throws: also what `take` throws; the session cannot go on then.
    func body(_ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        renewProgress()
        guard case .end = try next(.body, take) else { preconditionFailure("a body ends with its terminator") }
    }

    // MARK: - Reading

    private func next(
        _ phase: TransportError.Phase, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Session.Event {
        var failure: (any Error)?
        while true {
            if !unread.isEmpty {
                let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[unread])
                let (byteCount, event) = try session.next(bytes) { run in
                    guard failure == nil else { return }
                    do { try body(run) } catch { failure = error }
                }
                if let failure { throw failure }
                consumed = unread.lowerBound..<unread.lowerBound + byteCount
                unread = consumed.upperBound..<unread.upperBound
                guard case .needsMore = event else { return event }
            }
            try fill(phase)
        }
    }

    private func fill(_ phase: TransportError.Phase) throws {
        if unread.isEmpty {
            unread = 0..<0
        } else if unread.upperBound == buffer.count {
            buffer.baseAddress!.copyMemory(from: buffer.baseAddress! + unread.lowerBound, byteCount: unread.count)
            unread = 0..<unread.count
        }
        let room = UnsafeMutableRawBufferPointer(rebasing: buffer[unread.upperBound...])
        let count: Int
        do { count = try connection.read(into: room, deadline: deadline, phase: phase) } catch {
            guard error.code == .timedOut(.body), session.bodyMayHaveEnded else { throw error }
            throw error.adding(
                "the message stops behind a line of a dot that ends with LF alone: if this server ends all messages so, "
                    + "set `terminator = \"lf\"`")
        }
        guard count > 0 else { throw session.end() ?? POPError(.endedInsideReply) }
        unread = unread.lowerBound..<unread.upperBound + count
        progress += count
        // A status line has one deadline; what is long may take long while it moves.
        if isMoving, progress >= progressByteCount { renewProgress() }
    }

    /// What must come within a `stall-timeout`.
    private var progressByteCount: Int { max(512, Int(timeouts.stall.inSeconds * Double(Self.lowestBytesPerSecond))) }

    private func renewProgress() {
        isMoving = true
        progress = 0
        deadline = Deadline(after: timeouts.stall)
    }
}
