import Manifest
import POP
import Platform
import Transport

/// The least that a client must do to learn what a maildrop holds: login, STAT, UIDL, QUIT, one after the other.
final class BareSession {
    private let connection: Connection
    private var session = Session()
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
    private var unread = 0..<0

    /// Visits all accounts, so many at a time, each thread one after the other.
    static func runAll(_ accounts: [Account], parallel: Int) throws {
        let work = Monitor<(waiting: ArraySlice<Account>, failure: String?)>((accounts[...], nil))
        let threads = (0..<parallel).map { _ in
            Thread(name: "bare") {
                while let account = work.update({ $0.waiting.popFirst() }) {
                    do { try BareSession(account).run(account) } catch { work.update { $0.failure = "\(error)" } }
                }
            }
        }
        for thread in threads { thread.join() }
        if let text = work.update({ $0.failure }) { throw BenchmarkError(text) }
    }

    private init(_ account: Account) throws {
        let endpoint = Endpoint(
            host: account.host, port: account.port, security: account.tls == .none ? .none : .implicit,
            tls: TLSSettings(caFile: account.tlsPolicy.caFile))
        connection = try Connection(to: endpoint, timeout: .seconds(30)) { _ in }
    }

    deinit { buffer.deallocate() }

    private func run(_ account: Account) throws {
        _ = try next()
        guard case .literal(let secret) = account.secret else { preconditionFailure("no password") }
        try exchange(.user(Array(account.user.utf8)))
        try exchange(.pass(SecretBytes(copying: secret.reveal().utf8)))
        try exchange(.stat)
        try exchange(.uniqueIDs)
        while case .line = try next() {}
        try exchange(.quit)
    }

    private func exchange(_ command: Command) throws {
        var wire: [UInt8] = []
        session.send(command, to: &wire)
        try wire.withUnsafeBytes { try connection.write($0, deadline: Deadline(after: .seconds(30))) }
        guard case .reply(_, let reply) = try next(), reply.isOK else {
            throw BenchmarkError("the server refuses \(command.keyword)")
        }
    }

    private func next() throws -> Session.Event {
        while true {
            if !unread.isEmpty {
                let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[unread])
                let (byteCount, event) = try session.next(bytes) { _ in }
                unread = unread.lowerBound + byteCount..<unread.upperBound
                guard case .needsMore = event else { return event }
                buffer.baseAddress!.copyMemory(from: buffer.baseAddress! + unread.lowerBound, byteCount: unread.count)
            }
            let count = unread.count
            let room = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
            let added = try connection.read(into: room, deadline: Deadline(after: .seconds(30)), phase: .reply)
            guard added > 0 else { throw BenchmarkError("the server closed the connection") }
            unread = 0..<count + added
        }
    }
}
