/// Serves one connection from greeting to end, and lets the script's faults strike.
struct ConnectionHandler {
    private let number: Int
    private let server: ServerCore
    private let connection: Connection
    private let writer: ReplyWriter
    private var session: SimulatedSession
    private var reader: CommandReader
    private var faultCounts: [Int] = []

    init(number: Int, server: ServerCore, connection: Connection) {
        self.number = number
        self.server = server
        self.connection = connection
        writer = ReplyWriter(connection)
        reader = CommandReader(takesSegmentsForCommands: server.habits.takesSegmentsForCommands)
        session = SimulatedSession(
            store: server.store, capabilities: server.capabilities, habits: server.habits,
            isSecure: server.isImplicitTLS)
    }

    /// Returns when the session is over, the peer told but the descriptor still open.
    mutating func run() {
        do {
            if server.isImplicitTLS { try startTLS() }
            try greet()
            while true { try serveCommand() }
        } catch .closed(let ending) {
            try? writer.flush()
            session.didEnd()
            connection.end(ending)
        } catch {
            session.didEnd()
        }
    }

    private mutating func faults(at event: FaultEvent) -> [Fault] {
        server.faults.faults(at: event, session: number, user: session.user, sessionCounts: &faultCounts)
    }

    private mutating func startTLS() throws(SessionEnd) {
        for fault in faults(at: .handshake) {
            switch fault {
            case .delay(let seconds): try connection.wait(seconds: seconds)
            case .stall: try connection.wait(seconds: nil)
            case .closeBefore(let ending): throw .closed(ending)
            default: continue
            }
        }
        guard let context = server.tls else { preconditionFailure("TLS without a certificate") }
        try connection.startTLS(context)
    }

    private mutating func greet() throws(SessionEnd) {
        let faults = faults(at: .greeting)
        if try answerInstead(Command([]), faults) { return try writer.flush() }
        try send(.ok("Simulated POP3 server ready."), faults)
        try writer.flush()
    }

    private mutating func serveCommand() throws(SessionEnd) {
        if !reader.hasLine {
            try writer.flush()
            server.noteWait(session: number)
        }
        let line = try reader.next(from: connection)
        server.logCommand(line, session: number)
        let command = Command(line)
        let faults = faults(at: session.event(of: command))
        if faults.contains(.pipeliningBroken) {
            reader.discard()
            connection.discardArrived()
        }
        if try answerInstead(command, faults) { return }
        let reply = session.reply(to: command, faults: faults)
        try send(reply, faults)
        session.didAnswer(command)
        switch reply.afterwards {
        case .goOn: return
        case .close: throw .closed(.tlsCloseNotify)
        case .startTLS:
            for case .injectAfterSTLS(let bytes) in faults { try writer.write(bytes) }
            try writer.flush()
            // What came in clear behind STLS is forgotten (RFC 2595, section 4).
            reader.discard()
            try startTLS()
            session.didStartTLS()
        }
    }

    /// Faults that keep the command from its effect. True when one of them was the answer.
    private func answerInstead(_ command: Command, _ faults: [Fault]) throws(SessionEnd) -> Bool {
        for case .delay(let seconds) in faults {
            try writer.flush()
            try connection.wait(seconds: seconds)
        }
        for fault in faults {
            switch fault {
            case .replyText(let text):
                try writer.begin(Distortion(faults))
                try writer.write(Array((text + "\r\n").utf8))
                try writer.finish()
                return true
            case .closeBefore(let ending): throw .closed(ending)
            case .stall:
                try writer.flush()
                try connection.wait(seconds: nil)
            case .endlessLine: try writeEndlessly("+OK ") { _ in "endless " }
            case .endlessListing: try writeEndlessly("+OK\r\n", line: command.endlessLine)
            default: continue
            }
        }
        return false
    }

    private func send(_ reply: Reply, _ faults: [Fault]) throws(SessionEnd) {
        try writer.begin(Distortion(faults))
        for _ in 0..<(faults.contains(.double) ? 2 : 1) {
            var replaced = false
            for case .replyBytes(let bytes) in faults {
                try writer.write(bytes)
                replaced = true
            }
            if !replaced { try reply.write(to: writer, form: ReplyForm(faults)) }
        }
        try writer.finish()
    }

    /// Ends when the peer or the server does.
    private func writeEndlessly(_ start: String, line: (Int) -> String) throws(SessionEnd) -> Never {
        try writer.write(Array(start.utf8))
        var number = 1
        while true {
            try writer.write(Array(line(number).utf8))
            number += 1
        }
    }
}

extension Command {
    /// Fills a line of a message, so that an endless one takes a client's bounds by storm.
    private static let longText = String(repeating: "on and on ", count: 90)

    /// The nth line of a listing without end, in the form of this command's listing.
    fileprivate func endlessLine(_ number: Int) -> String {
        switch verb {
        case "LIST": "\(number) 1000\r\n"
        case "UIDL": "\(number) unique-\(number)\r\n"
        case "RETR", "TOP": "Line \(number) \(Self.longText)\r\n"
        default: "Line \(number)\r\n"
        }
    }
}
