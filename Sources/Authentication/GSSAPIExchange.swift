import CGSSAPI
import POP

/// GSSAPI (RFC 4752): Kerberos 5, with the ticket that the user has in the cache of the environment. Both sides prove who
/// they are; no layer of its own is put around what follows, which is what TLS is for.
struct GSSAPIExchange: SASLExchange {
    private enum Step {
        /// -> layers
        case context
        /// -> done
        case layers
        case done
    }

    /// Of the octet that offers and chooses layers: none.
    private static let noLayer: UInt8 = 1

    private let credentials: Credentials
    private let context: GSSContext
    private var step = Step.context

    init(_ credentials: Credentials) {
        self.credentials = credentials
        context = GSSContext(service: "pop@\(credentials.host)")
    }

    mutating func begin() throws(AuthenticationError) -> SecretBytes? { try establish([]) }

    mutating func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        switch step {
        case .context: return try establish(challenge)
        case .layers:
            let offer = try context.unwrapped(challenge)
            guard offer.count == 4, offer[0] & Self.noLayer != 0 else {
                throw AuthenticationError(
                    .badChallenge, .gssapi, "the server wants a layer of Kerberos around all that follows; TLS is there"
                )
            }
            step = .done
            return SecretBytes(copying: try context.wrapped([Self.noLayer, 0, 0, 0] + Array(credentials.user.utf8)))
        case .done:
            throw AuthenticationError(.badChallenge, .gssapi, "the server asks again when all was said")
        }
    }

    func finish() throws(AuthenticationError) {
        guard case .done = step else {
            throw AuthenticationError(.unprovenServer, .gssapi, "the server accepts without proof of who it is")
        }
    }

    private mutating func establish(_ token: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        let answer = try context.step(token)
        if context.isEstablished { step = .layers }
        return SecretBytes(copying: answer)
    }
}

/// A security context with a server.
private final class GSSContext {
    private static let flags = OM_uint32(GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_SEQUENCE_FLAG)

    private let service: String
    private var name: gss_name_t?
    private var context: gss_ctx_id_t?
    private(set) var isEstablished = false

    init(service: String) { self.service = service }

    deinit {
        var status: OM_uint32 = 0
        if name != nil { gss_release_name(&status, &name) }
        if context != nil { gss_delete_sec_context(&status, &context, nil) }
    }

    /// - Returns: what to send, possibly nothing.
    func step(_ token: [UInt8]) throws(AuthenticationError) -> [UInt8] {
        if name == nil { try makeName() }
        var (minor, flags): (OM_uint32, OM_uint32) = (0, 0)
        var output = gss_buffer_desc()
        let major = Self.lend(token) { input in
            gss_init_sec_context(
                &minor, nil, &context, name, mc_kerberos(), Self.flags, 0, nil, token.isEmpty ? nil : input, nil,
                &output,
                &flags, nil)
        }
        defer { Self.release(&output) }
        guard mc_gss_failed(major) == 0 else { throw failure("Kerberos says no", major, minor) }
        isEstablished = major == GSS_S_COMPLETE
        if isEstablished, flags & OM_uint32(GSS_C_MUTUAL_FLAG) == 0 {
            throw AuthenticationError(.unprovenServer, .gssapi, "the server has not proved who it is")
        }
        return Self.bytes(of: output)
    }

    func unwrapped(_ token: [UInt8]) throws(AuthenticationError) -> [UInt8] {
        var minor: OM_uint32 = 0
        var output = gss_buffer_desc()
        let major = Self.lend(token) { gss_unwrap(&minor, context, $0, &output, nil, nil) }
        defer { Self.release(&output) }
        guard mc_gss_failed(major) == 0 else { throw failure("the server's offer is not genuine", major, minor) }
        return Self.bytes(of: output)
    }

    func wrapped(_ message: [UInt8]) throws(AuthenticationError) -> [UInt8] {
        var minor: OM_uint32 = 0
        var output = gss_buffer_desc()
        let major = Self.lend(message) { gss_wrap(&minor, context, 0, OM_uint32(GSS_C_QOP_DEFAULT), $0, nil, &output) }
        defer { Self.release(&output) }
        guard mc_gss_failed(major) == 0 else { throw failure("Kerberos says no", major, minor) }
        return Self.bytes(of: output)
    }

    private func makeName() throws(AuthenticationError) {
        var minor: OM_uint32 = 0
        let major = Self.lend(Array(service.utf8)) { gss_import_name(&minor, $0, mc_hostbased_service(), &name) }
        guard mc_gss_failed(major) == 0 else { throw failure("\(service) is no name", major, minor) }
    }

    private func failure(_ what: String, _ major: OM_uint32, _ minor: OM_uint32) -> AuthenticationError {
        // The first is in general terms, and the other in those of Kerberos.
        let reasons = [(major, GSS_C_GSS_CODE), (minor, GSS_C_MECH_CODE)].compactMap { Self.text(of: $0.0, $0.1) }
        return AuthenticationError(.library, .gssapi, "\(what): \(reasons.joined(separator: ": "))")
    }

    private static func text(of status: OM_uint32, _ kind: CInt) -> String? {
        var (minor, more): (OM_uint32, OM_uint32) = (0, 0)
        var output = gss_buffer_desc()
        guard mc_gss_failed(gss_display_status(&minor, status, kind, mc_kerberos(), &more, &output)) == 0 else {
            return nil
        }
        defer { release(&output) }
        return UntrustedText.escaped(bytes(of: output))
    }

    private static func lend<Result>(_ bytes: [UInt8], _ body: (UnsafeMutablePointer<gss_buffer_desc>) -> Result)
        -> Result
    {
        var bytes = bytes
        return bytes.withUnsafeMutableBytes { bytes in
            var buffer = gss_buffer_desc(length: bytes.count, value: bytes.baseAddress)
            return body(&buffer)
        }
    }

    private static func bytes(of buffer: gss_buffer_desc) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: buffer.value, count: buffer.length))
    }

    private static func release(_ buffer: inout gss_buffer_desc) {
        var minor: OM_uint32 = 0
        gss_release_buffer(&minor, &buffer)
    }
}
