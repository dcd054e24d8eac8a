/// A server's certificate and key, and the authority that signed it, all made at run time (EC P-256).
package struct SimulatedCertificate: Sendable {
    /// What a client should find wrong with a certificate.
    package enum Flaw: Sendable, CaseIterable {
        case none
        case expired
        case notYetValid
        /// Issued to "elsewhere.example".
        case wrongHost
    }

    /// What a client must trust to accept the server: the text of a CA file.
    package let authorityPEM: String
    package let certificatePEM: String
    package let privateKeyPEM: String

    /// A certificate of a new authority of its own, for localhost, 127.0.0.1 and ::1 unless it is to be flawed.
    package static func issue(_ flaw: Flaw = .none) throws(SimulationError) -> SimulatedCertificate {
        try SimulatedAuthority().certificate(flaw)
    }
}
