import CGSASL
import POP

/// DIGEST-MD5 (RFC 2831, made historic by RFC 6331), by GNU SASL, which also checks that the server knows the password.
struct DigestExchange: SASLExchange {
    private let credentials: Credentials
    private let client = DigestClient()

    init(_ credentials: Credentials) { self.credentials = credentials }

    func begin() -> SecretBytes? { nil }

    func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        try client.step(challenge, credentials)
    }

    func finish() throws(AuthenticationError) {
        guard client.isDone else {
            throw AuthenticationError(
                .unprovenServer, .digestMD5, "the server accepts without proof that it knows the password")
        }
    }
}

/// The library's side of it, freed with the exchange.
private final class DigestClient {
    private var context: OpaquePointer?
    private var session: OpaquePointer?
    private(set) var isDone = false

    deinit {
        if let session { gsasl_finish(session) }
        if let context { gsasl_done(context) }
    }

    func step(_ challenge: [UInt8], _ credentials: Credentials) throws(AuthenticationError) -> SecretBytes {
        if session == nil { try begin(credentials) }
        guard !isDone, !challenge.isEmpty else {
            let reason = isDone ? "the server asks again when all was said" : "the server sent an empty challenge"
            throw AuthenticationError(.badChallenge, .digestMD5, reason)
        }
        var output: UnsafeMutablePointer<CChar>?
        var count = 0
        let status = challenge.withUnsafeBytes {
            gsasl_step(session, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, &output, &count)
        }
        defer { gsasl_free(output) }
        switch Gsasl_rc(UInt32(bitPattern: status)) {
        case GSASL_OK: isDone = true
        case GSASL_NEEDS_MORE: break
        case GSASL_AUTHENTICATION_ERROR, GSASL_INTEGRITY_ERROR:
            throw AuthenticationError(
                .unprovenServer, .digestMD5, "the server does not know the password: it may be somebody else")
        default:
            throw AuthenticationError(
                .badChallenge, .digestMD5, "the server's challenge is refused (\(Self.text(of: status)))")
        }
        return SecretBytes(copying: UnsafeRawBufferPointer(start: output, count: count))
    }

    private func begin(_ credentials: Credentials) throws(AuthenticationError) {
        var status = gsasl_init(&context)
        if status == GSASL_OK.rawValue { status = gsasl_client_start(context, "DIGEST-MD5", &session) }
        guard status == GSASL_OK.rawValue else {
            throw AuthenticationError(.library, .digestMD5, "GNU SASL cannot begin (\(Self.text(of: status)))")
        }
        set(GSASL_SERVICE, Array("pop".utf8))
        set(GSASL_HOSTNAME, Array(credentials.host.utf8))
        set(GSASL_AUTHID, Array(credentials.user.utf8))
        credentials.secret.withBytes { set(GSASL_PASSWORD, $0) }
    }

    private func set(_ property: Gsasl_property, _ bytes: some Collection<UInt8>) {
        var bytes = Array(bytes).map { CChar(bitPattern: $0) }
        gsasl_property_set_raw(session, property, &bytes, bytes.count)
        for index in bytes.indices { bytes[index] = 0 }
    }

    private static func text(of status: CInt) -> String {
        gsasl_strerror(status).map { String(cString: $0) } ?? "no reason given"
    }
}
