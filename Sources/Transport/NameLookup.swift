import Glibc
import Platform

/// A question to the name service that can be given up: it is asked on a thread of its own, as getaddrinfo(3) cannot be
/// interrupted, and that thread is left behind when the answer comes too late.
final class NameLookup: Sendable {
    private let answer = Lock<Result<[Address], TransportError>?>(nil)
    private let isDone: EventFlag

    private init() throws(FileError) { isDone = try EventFlag() }

    /// The addresses of an endpoint, in the order in which to try them.
    /// - Parameter lookUp: asks the name service.
    /// - Throws: `.timedOut(.connect)` at the deadline, `.stopped` once the flag is raised, what `Address.lookUp` throws.
    static func run(
        _ endpoint: Endpoint, deadline: Deadline, stop: EventFlag?,
        lookUp: @escaping @Sendable (Endpoint) throws(TransportError) -> [Address] = Address.lookUp
    ) throws(TransportError) -> [Address] {
        if stop?.isRaised == true { throw .stopped(endpoint.name) }
        if let address = Address.numeric(endpoint) { return [address] }
        let lookup: NameLookup
        do { lookup = try NameLookup() } catch {
            throw TransportError(.connectFailed, endpoint.name, "\(error)")
        }
        _ = Thread(name: "lookup", stackByteCount: 256 << 10) {
            let result = Result { () throws(TransportError) in try lookUp(endpoint) }
            lookup.answer.withLock { $0 = result }
            lookup.isDone.raise()
        }
        switch EventFlag.wait(for: lookup.isDone.descriptor, or: stop, until: deadline) {
        case .raised: throw .stopped(endpoint.name)
        case .timedOut:
            throw TransportError(
                .timedOut(.connect), endpoint.name,
                "the name service does not answer: try again later; `connect-timeout` bounds the wait")
        case .ready:
            guard let result = lookup.answer.withLock({ $0 }) else { preconditionFailure("done without an answer") }
            return try result.get()
        }
    }
}
