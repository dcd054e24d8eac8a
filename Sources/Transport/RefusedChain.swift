/// The certificates of a server that was refused.
package struct RefusedChain: Sendable {
    /// The server's own first.
    package let certificates: [PeerCertificate]
    /// All is well but the name.
    package let isForAnotherName: Bool
}
