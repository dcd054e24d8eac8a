import Glibc
import Platform

/// What a server's threads share. `SimulatedServer` owns it and stops it.
final class ServerCore: Sendable {
    let store: MaildropStore
    let faults: FaultCounter
    let capabilities: SimulatedSession.Capabilities
    let habits: ServerHabits
    let tls: ServerTLSContext?
    let isImplicitTLS: Bool
    private let listener: ListeningSocket
    private let shared = Lock(Shared())

    private struct Shared {
        var isStopped = false
        var acceptThread: ServerThread?
        var sessionCount = 0
        var sentByteCount: Int64 = 0
        /// By session number; a descriptor here is open.
        var descriptors: [Int: Int32] = [:]
        var threads: [Int: ServerThread] = [:]
        /// Sessions whose thread only has to be joined.
        var ended: [Int] = []
        var log: [(session: Int, command: String)] = []
        var waitCounts: [Int: Int] = [:]
    }

    init(
        store: MaildropStore, faults: FaultCounter, capabilities: SimulatedSession.Capabilities,
        habits: ServerHabits, transport: SimulatedTransport, address: SimulatedAddress
    ) throws(SimulationError) {
        self.store = store
        self.faults = faults
        self.capabilities = capabilities
        self.habits = habits
        if let certificate = transport.certificate {
            tls = try ServerTLSContext(certificate, habits)
        } else {
            tls = nil
        }
        isImplicitTLS = transport.isImplicitTLS
        listener = try ListeningSocket(address)
    }

    var port: UInt16 { listener.port }
    private var threadName: String { "pop3-\(port)" }
    var sessionCount: Int { shared.withLock { $0.sessionCount } }
    var liveSessionCount: Int { shared.withLock { $0.descriptors.count } }
    var sentByteCount: Int64 { shared.withLock { $0.sentByteCount } }
    var log: [(session: Int, command: String)] { shared.withLock { $0.log } }

    func logCommand(_ line: [UInt8], session: Int) {
        let command = String(decoding: line, as: UTF8.self)
        shared.withLock { $0.log.append((session, command)) }
    }

    func noteWait(session: Int) { shared.withLock { $0.waitCounts[session, default: 0] += 1 } }

    func waitCount(ofSession number: Int) -> Int { shared.withLock { $0.waitCounts[number] ?? 0 } }

    func start() throws(SimulationError) {
        guard let thread = ServerThread(name: threadName, { [self] in acceptConnections() }) else {
            throw .system("pthread_create")
        }
        shared.withLock { $0.acceptThread = thread }
    }

    private func acceptConnections() {
        while let descriptor = listener.accept() {
            joinEnded()
            admit(descriptor)
        }
    }

    private func admit(_ descriptor: Int32) {
        let number: Int? = shared.withLock { shared in
            guard !shared.isStopped else { return nil }
            shared.sessionCount += 1
            guard shared.descriptors.count < habits.connectionLimit ?? .max else { return nil }
            shared.descriptors[shared.sessionCount] = descriptor
            return shared.sessionCount
        }
        guard let number else { return _ = close(descriptor) }
        // Under no lock: the thread may end before its handle is filed, `joinEnded` waits for both.
        if let thread = ServerThread(name: threadName, { [self] in serve(descriptor, number) }) {
            shared.withLock { $0.threads[number] = thread }
        } else {
            shared.withLock { $0.descriptors[number] = nil }
            close(descriptor)
        }
    }

    private func serve(_ descriptor: Int32, _ number: Int) {
        let connection = Connection(descriptor: descriptor, idleLimitSeconds: habits.idleLimitSeconds)
        var handler = ConnectionHandler(number: number, server: self, connection: connection)
        handler.run()
        let sentByteCount = connection.sentByteCount
        withExtendedLifetime(connection) {
            // From here on `stop` does not touch the descriptor, which is closed with the connection.
            shared.withLock { shared in
                shared.descriptors[number] = nil
                shared.sentByteCount += sentByteCount
                shared.ended.append(number)
            }
        }
    }

    private func joinEnded() {
        let threads = shared.withLock { shared in
            let filed = shared.ended.filter { shared.threads[$0] != nil }
            shared.ended.removeAll { shared.threads[$0] != nil }
            return filed.compactMap { shared.threads.removeValue(forKey: $0) }
        }
        for thread in threads { thread.join() }
    }

    func stop() {
        let acceptThread = shared.withLock { shared in
            shared.isStopped = true
            defer { shared.acceptThread = nil }
            return shared.acceptThread
        }
        listener.wake()
        if let acceptThread {
            acceptThread.join()
            listener.release()
        }
        let threads = shared.withLock { shared in
            for descriptor in shared.descriptors.values { shutdown(descriptor, Int32(SHUT_RDWR)) }
            defer { shared.threads = [:] }
            return Array(shared.threads.values)
        }
        for thread in threads { thread.join() }
    }
}
