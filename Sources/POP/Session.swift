import Glibc

/// A POP3 session without I/O: what may be sent when, and what the bytes that come back mean (RFC 1939, section 3 to 6;
/// RFC 2449, section 6.6 for pipelining).
///
/// The driver writes what `send` appends, and gives what it reads to `next` until that asks for more.
package struct Session: Sendable {
    private enum State {
        /// -> authorization, closed
        case greeting
        /// -> transaction (PASS, APOP, AUTH), closed (QUIT)
        case authorization
        /// -> closed (QUIT)
        case transaction
        case closed
    }

    /// What part of the reply to the oldest command in flight comes next.
    private enum Part { case statusLine, listing, body }

    /// What a call of `next` found.
    package enum Event: Sendable, Equatable {
        /// Nothing whole: read more, and give the bytes that were not consumed again in front of it.
        case needsMore
        case greeting(Reply)
        /// The status line of the reply to a command.
        case reply(Command, Reply)
        /// What the server asks before it replies to AUTH, in base64: a range of the input. `answer` is due.
        case challenge(Range<Int>)
        /// One line of a listing, unstuffed, without its line end: a range of the input.
        case line(Command, Range<Int>)
        /// A listing or a body is complete.
        case end(Command)
    }

    private var state = State.greeting
    private var part = Part.statusLine
    private var inFlight: [Command] = []
    private var firstInFlight = 0
    private var unstuffer = Unstuffer()
    private let lineEnd: Unstuffer.LineEnd
    private var listingLineCount = 0
    private var isAnswerDue = false
    /// How much of the input was searched for a line end already, so that no byte is looked at twice.
    private var searchedByteCount = 0
    private let limits: Limits
    /// Set once a secret was sent: servers may repeat it in any text from then on.
    package private(set) var mask: EchoMask?

    /// - Parameters:
    ///   - mask: of an earlier session with the same password.
    ///   - lineEnd: of messages.
    package init(limits: Limits = Limits(), mask: EchoMask? = nil, lineEnd: Unstuffer.LineEnd = .crlf) {
        self.limits = limits
        self.lineEnd = lineEnd
        self.mask = mask
    }

    /// How many commands wait for the end of their reply.
    package var inFlightCount: Int { inFlight.count - firstInFlight }

    /// A message is being received, and what came last is a line of a dot, but without the CRs that would end it.
    package var bodyMayHaveEnded: Bool { part == .body && unstuffer.mayHaveEnded }

    package var isTransaction: Bool { state == .transaction }

    /// Appends a command to what goes on the wire.
    ///
    /// Sending behind a barrier (STLS, PASS, APOP, AUTH, QUIT), or a barrier behind anything, is a mistake of the caller.
    package mutating func send(_ command: Command, to wire: inout [UInt8]) {
        precondition(state == .authorization || state == .transaction, "\(command.keyword) outside a session")
        if inFlightCount > 0 {
            precondition(!command.isBarrier && !inFlight[inFlight.count - 1].isBarrier, "sent past a barrier")
        }
        switch command {
        case .pass(let password): hide(password)
        case .authenticate(_, let response?): hide(response)
        default: break
        }
        inFlight.append(command)
        command.write(to: &wire)
    }

    /// Appends the answer to a challenge to what goes on the wire (RFC 5034, section 4).
    /// - Parameter line: in base64; `*` gives the exchange up.
    package mutating func answer(_ line: SecretBytes, to wire: inout [UInt8]) {
        precondition(isAnswerDue, "an answer that was not asked for")
        isAnswerDue = false
        if line.withBytes({ $0.count > 1 }) { hide(line) }
        line.withBytes { wire.append(contentsOf: $0) }
        wire.append(contentsOf: [13, 10])
    }

    /// Takes a secret out of what the server says from now on.
    package mutating func hide(_ secret: SecretBytes) {
        guard let other = secret.withBytes({ EchoMask($0) }) else { return }
        if mask == nil { mask = other } else { mask!.add(other) }
    }

    /// Reads on in the stream.
    /// - Parameters:
    ///   - input: the bytes not yet consumed, oldest first.
    ///   - body: gets the bytes of a message, unstuffed, as they are found.
    /// - Returns: how many bytes of the input are done with, and what they were.
    /// - Throws: `POPError`; the session is over then.
    package mutating func next(
        _ input: UnsafeRawBufferPointer, body: (UnsafeRawBufferPointer) -> Void
    ) throws(POPError) -> (consumed: Int, event: Event) {
        switch part {
        case .statusLine: try nextStatusLine(input)
        case .listing: try nextListingLine(input)
        case .body: nextBody(input, body)
        }
    }

    /// Says that the stream has ended.
    /// - Returns: the error that this is, or `nil` where a server may end it: after QUIT was answered.
    package func end() -> POPError? {
        switch state {
        case .closed: nil
        case .greeting: POPError(.endedBeforeGreeting)
        case .authorization, .transaction: POPError(.endedInsideReply)
        }
    }

    private mutating func nextStatusLine(
        _ input: UnsafeRawBufferPointer
    ) throws(POPError) -> (consumed: Int, event: Event) {
        if state != .greeting, inFlightCount == 0 || isAnswerDue, !input.isEmpty { throw unsolicited(input) }
        let byteLimit = isAuthenticating ? limits.challengeByteLimit : limits.lineByteLimit
        guard let line = try line(in: input, byteLimit: byteLimit) else { return (0, .needsMore) }
        let bytes = UnsafeRawBufferPointer(rebasing: input[..<line.length])
        if state == .greeting {
            let reply = try greeting(bytes)
            state = reply.isOK ? .authorization : .closed
            return (line.byteCount, .greeting(reply))
        }
        let command = inFlight[firstInFlight]
        if isAuthenticating, let start = Self.startOfChallenge(bytes) {
            isAnswerDue = true
            return (line.byteCount, .challenge(start..<line.length))
        }
        let reply = try Reply(line: bytes, mask: mask)
        switch (reply.isOK, command.replyShape) {
        case (true, .listing):
            part = .listing
            listingLineCount = 0
        case (true, .body):
            part = .body
            unstuffer = Unstuffer(lineEnd)
        case (_, .line), (false, _):
            finishCommand()
            advance(command, reply)
        }
        return (line.byteCount, .reply(command, reply))
    }

    /// A `+OK` greeting, or a clear word on what answered instead.
    private func greeting(_ line: UnsafeRawBufferPointer) throws(POPError) -> Reply {
        if line.starts(with: "220".utf8) { throw POPError(.wrongService("an SMTP server")) }
        if line.starts(with: "* ".utf8) { throw POPError(.wrongService("an IMAP server")) }
        if line.starts(with: "HTTP/".utf8) { throw POPError(.wrongService("a web server")) }
        return try Reply(line: line, mask: mask)
    }

    /// What came although nothing was asked for. Only the start of it is looked at.
    package func unsolicited(_ input: UnsafeRawBufferPointer) -> POPError {
        POPError(.unsolicited, received: input.prefix(limits.lineByteLimit), mask: mask)
    }

    private var isAuthenticating: Bool {
        if inFlightCount > 0, case .authenticate = inFlight[firstInFlight] { true } else { false }
    }

    /// Behind `+ `; sloppy servers leave the space out where nothing follows.
    private static func startOfChallenge(_ line: UnsafeRawBufferPointer) -> Int? {
        guard line.first == UInt8(ascii: "+") else { return nil }
        if line.count == 1 { return 1 }
        return line[1] == UInt8(ascii: " ") ? 2 : nil
    }

    private mutating func advance(_ command: Command, _ reply: Reply) {
        switch command {
        case .pass where reply.isOK, .apop where reply.isOK, .authenticate where reply.isOK: state = .transaction
        case .quit: state = .closed
        default: break
        }
    }

    private mutating func nextListingLine(
        _ input: UnsafeRawBufferPointer
    ) throws(POPError) -> (consumed: Int, event: Event) {
        guard let line = try line(in: input, byteLimit: limits.lineByteLimit) else { return (0, .needsMore) }
        let command = inFlight[firstInFlight]
        var start = 0
        if line.length > 0, input[0] == UInt8(ascii: ".") {
            if line.length == 1 {
                part = .statusLine
                finishCommand()
                return (line.byteCount, .end(command))
            }
            start = 1
        }
        listingLineCount += 1
        let limit = command == .capabilities ? limits.capabilityLineLimit : limits.listingLineLimit
        guard listingLineCount <= limit else { throw POPError(.listingTooLong(limit: limit)) }
        return (line.byteCount, .line(command, start..<line.length))
    }

    private mutating func nextBody(
        _ input: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void
    ) -> (consumed: Int, event: Event) {
        let (byteCount, isFinished) = unstuffer.consume(input, emit: body)
        guard isFinished else { return (byteCount, .needsMore) }
        let command = inFlight[firstInFlight]
        part = .statusLine
        finishCommand()
        return (byteCount, .end(command))
    }

    private mutating func finishCommand() {
        firstInFlight += 1
        if firstInFlight == inFlight.count {
            inFlight.removeAll(keepingCapacity: true)
            firstInFlight = 0
        } else if firstInFlight >= 64 {
            inFlight.removeFirst(firstInFlight)
            firstInFlight = 0
        }
    }

    /// The first line of the input: its length without the line end and with it; `nil` when it is not whole.
    ///
    /// A lone LF ends a line too: some servers send it, and no reply can hold one.
    private mutating func line(
        in input: UnsafeRawBufferPointer, byteLimit: Int
    ) throws(POPError) -> (length: Int, byteCount: Int)? {
        if searchedByteCount < input.count,
            let found = memchr(input.baseAddress! + searchedByteCount, 10, input.count - searchedByteCount)
        {
            let newline = UnsafeRawPointer(found) - input.baseAddress!
            searchedByteCount = 0
            guard newline < byteLimit else { throw POPError(.lineTooLong(limit: byteLimit)) }
            let hasReturn = newline > 0 && input[newline - 1] == 13
            return (hasReturn ? newline - 1 : newline, newline + 1)
        }
        searchedByteCount = input.count
        guard input.count < byteLimit else { throw POPError(.lineTooLong(limit: byteLimit)) }
        return nil
    }
}
