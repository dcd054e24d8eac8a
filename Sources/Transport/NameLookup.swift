import Platform

/// The addresses of a host.
enum NameLookup {
    /// The addresses of a destination, in the order in which to try them.
    /// - Parameter lookUp: asks the name service.
    /// - Throws: `.timedOut(.connect)` at the deadline, `.stopped` once the flag is raised, what `Address.lookUp` throws.
    static func run(
        _ destination: Destination, deadline: Deadline, stop: EventFlag?,
        lookUp: @escaping @Sendable (Destination) throws(TransportError) -> [Address] = Address.lookUp
    ) throws(TransportError) -> [Address] {
        if stop?.isRaised == true { throw .stopped(destination.peer) }
        if let address = Address.numeric(destination) { return [address] }
        return try NameQuestion.ask(for: destination.peer, deadline: deadline, stop: stop) {
            () throws(TransportError) in try lookUp(destination)
        }
    }
}
