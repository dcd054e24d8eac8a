import POP

/// What a driver sees of a session.
enum Seen: Equatable, Sendable {
    case greeting(isOK: Bool, String)
    case reply(String, isOK: Bool, String)
    case line(String)
    case challenge(String)
    /// A listing is complete; a body is, with its message.
    case end(String, String = "")
}

/// Drives a session over a recorded stream as a connection would: sends each batch of commands when the one before is
/// answered, and gives unconsumed bytes again in front of new ones.
struct Player {
    private var session: Session
    private var batches: ArraySlice<[Command]>
    private var body: [UInt8] = []
    private(set) var unread: [UInt8] = []
    private(set) var seen: [Seen] = []
    private(set) var error: POPError?
    /// What a person would be shown of the last reply, or of the error.
    private(set) var shown = ""

    init(_ batches: [[Command]], limits: Limits = Limits()) {
        session = Session(limits: limits)
        self.batches = batches[...]
    }

    /// Whether everything was answered: a driver would not read on.
    var isFinished: Bool { !seen.isEmpty && batches.isEmpty && session.inFlightCount == 0 }

    /// What the end of the stream would mean now.
    var endError: POPError? { session.end() }

    /// What was seen, shortened, for a failure's text.
    var digest: String {
        "\(String("\(seen)".prefix(1000))), \(unread.count) bytes unread, \(String(describing: error))"
    }

    mutating func play(_ pieces: [[UInt8]]) {
        for piece in pieces { feed(piece) }
    }

    mutating func feed(_ piece: [UInt8]) {
        unread += piece
        while error == nil, !isFinished, step() {}
    }

    /// One call of `next`. `false` when it asked for more, or threw.
    private mutating func step() -> Bool {
        do throws(POPError) {
            let input = unread
            let (consumed, event) = try take(input)
            unread.removeFirst(consumed)
            switch event {
            case .needsMore: return false
            case .greeting(let reply): seen.append(.greeting(isOK: reply.isOK, Self.text(reply.text)))
            case .reply(let command, let reply):
                seen.append(.reply(command.keyword, isOK: reply.isOK, Self.text(reply.text)))
                shown = reply.displayText
            case .challenge(let range):
                seen.append(.challenge(Self.text(input[range])))
                var wire: [UInt8] = []
                session.answer(SecretBytes(copying: latin1("eA==")), to: &wire)
            case .line(_, let range): seen.append(.line(Self.text(input[range])))
            case .end(let command):
                seen.append(.end(command.keyword, Self.text(body)))
                body = []
            }
        } catch {
            self.error = error
            shown = error.received
            return false
        }
        if session.inFlightCount == 0, let batch = batches.popFirst() {
            var wire: [UInt8] = []
            for command in batch { session.send(command, to: &wire) }
        }
        return true
    }

    private mutating func take(_ input: [UInt8]) throws(POPError) -> (consumed: Int, event: Session.Event) {
        var failure: POPError?
        let result: (Int, Session.Event)? = input.withUnsafeBytes { bytes in
            do throws(POPError) { return try session.next(bytes) { body.append(contentsOf: $0) } } catch {
                failure = error
                return nil
            }
        }
        if let failure { throw failure }
        return result!
    }

    /// Latin-1, so that any bytes can be told apart.
    private static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
