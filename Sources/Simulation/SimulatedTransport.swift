/// How clients reach the server.
package enum SimulatedTransport: Sendable {
    case plain
    case implicitTLS(SimulatedCertificate)
    case stls(SimulatedCertificate)

    var certificate: SimulatedCertificate? {
        switch self {
        case .plain: nil
        case .implicitTLS(let certificate), .stls(let certificate): certificate
        }
    }

    var isImplicitTLS: Bool {
        if case .implicitTLS = self { true } else { false }
    }

    var offersSTLS: Bool {
        if case .stls = self { true } else { false }
    }
}

/// The loopback address a server listens on.
package enum SimulatedAddress: Sendable {
    /// 127.0.0.1
    case ipv4
    /// ::1
    case ipv6
}
