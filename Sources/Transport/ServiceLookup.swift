import Platform

/// Asks a domain where its maildrops are served (RFC 6186, section 3.3).
enum ServiceLookup {
    /// What asks for the SRV records of a name: the answer's message.
    typealias Asking = @Sendable (String) throws(DNSQuery.Failure) -> [UInt8]

    /// A service that is there.
    struct Found {
        let security: Endpoint.Security
        /// In the order in which to try them; at least one.
        let records: [ServiceRecord]
    }

    /// Asks the name service of this machine.
    static let system: Asking = { name throws(DNSQuery.Failure) in
        try DNSQuery.ask(name, type: DNSQuery.srvType)
    }

    /// The first of the services that the endpoint's domain offers.
    static func run(
        _ endpoint: Endpoint, _ services: [Endpoint.Security], deadline: Deadline, stop: EventFlag?,
        ask: @escaping Asking = system
    ) throws(TransportError) -> Found {
        for security in services {
            let name = "\(label(of: security))._tcp.\(endpoint.host)"
            let records = try NameQuestion.ask(for: endpoint.name, deadline: deadline, stop: stop) {
                () throws(TransportError) in try Self.records(of: name, endpoint, ask)
            }
            var random = SystemRandomNumberGenerator()
            if !records.isEmpty {
                return Found(security: security, records: ServiceRecord.ordered(records, &random))
            }
        }
        let names = services.map { "\(label(of: $0))._tcp" }.joined(separator: " nor ")
        throw TransportError(
            .nameNotFound, endpoint.name,
            "the domain announces no \(names) (SRV records of RFC 6186): set `host` in place of `domain`")
    }

    /// Empty where the service is not offered.
    private static func records(
        of name: String, _ endpoint: Endpoint, _ ask: Asking
    ) throws(TransportError) -> [ServiceRecord] {
        let message: [UInt8]
        do throws(DNSQuery.Failure) { message = try ask(name) } catch {
            switch error {
            case .notFound: return []
            case .noAnswer, .failed:
                throw TransportError(
                    .nameServiceFailed, endpoint.name,
                    "the name service does not tell the SRV records of \(name): try again later, or set `host` in place "
                        + "of `domain`")
            }
        }
        guard let records = ServiceAnswer.records(of: message) else {
            throw TransportError(
                .nameServiceFailed, endpoint.name,
                "the name service's answer for the SRV records of \(name) is damaged: try again later")
        }
        // One with the target "." says that the service is not there.
        return records.filter { !$0.target.isEmpty && $0.port > 0 }
    }

    private static func label(of security: Endpoint.Security) -> String {
        security == .implicit ? "_pop3s" : "_pop3"
    }
}
