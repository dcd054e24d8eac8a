import COpenSSL
import Glibc
import Platform

/// TLS on a connected socket: handshake with verification, reading, writing, closing. Owned by one connection.
struct TLSSession: ~Copyable {
    let pointer: OpaquePointer
    private let endpoint: Endpoint

    private init(owning pointer: OpaquePointer, _ endpoint: Endpoint) {
        self.pointer = pointer
        self.endpoint = endpoint
    }

    /// Shakes hands and verifies the certificate and the host name (RFC 8446; RFC 7817, section 3).
    static func shakeHands(
        with endpoint: Endpoint, socket: borrowing SocketWaiter, deadline: Deadline
    ) throws(TransportError) -> TLSSession {
        let context = try TLSContext.shared(for: endpoint)
        guard let pointer = SSL_new(context.pointer) else {
            throw TransportError(.handshake, endpoint.name, "OpenSSL is out of memory")
        }
        let session = TLSSession(owning: pointer, endpoint)
        SSL_set_fd(pointer, socket.descriptor)
        try session.expectHostName()
        try session.handshake(socket, deadline)
        return session
    }

    deinit { SSL_free(pointer) }

    var protocolName: String { String(cString: SSL_get_version(pointer)) }

    var cipherName: String {
        SSL_get_current_cipher(pointer).flatMap { SSL_CIPHER_get_name($0) }.map { String(cString: $0) } ?? "none"
    }

    /// The server's chain, its own certificate first.
    func chain() -> [PeerCertificate] { PeerCertificate.chain(SSL_get_peer_cert_chain(pointer)) }

    /// Reads at least one byte.
    /// - Returns: 0 when the peer has ended the stream.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, socket: borrowing SocketWaiter, deadline: Deadline,
        phase: TransportError.Phase
    ) throws(TransportError) -> Int {
        while true {
            ERR_clear_error()
            let count = SSL_read(pointer, buffer.baseAddress!, CInt(clamping: buffer.count))
            if count > 0 { return Int(count) }
            let savedError = errno
            switch SSL_get_error(pointer, count) {
            case SSL_ERROR_WANT_READ: try socket.wait(for: POLLIN, deadline, phase)
            case SSL_ERROR_WANT_WRITE: try socket.wait(for: POLLOUT, deadline, phase)
            case SSL_ERROR_ZERO_RETURN: return 0
            case SSL_ERROR_SYSCALL where savedError == 0: return 0
            case SSL_ERROR_SYSCALL: throw socket.broken(savedError)
            // Under TLS 1.3 the server's word on the client's certificate comes behind the handshake.
            default: throw HandshakeFailure.later(endpoint)
            }
        }
    }

    func write(
        _ bytes: UnsafeRawBufferPointer, socket: borrowing SocketWaiter, deadline: Deadline
    ) throws(TransportError) {
        var written = 0
        while written < bytes.count {
            ERR_clear_error()
            let count = SSL_write(pointer, bytes.baseAddress! + written, CInt(clamping: bytes.count - written))
            if count > 0 {
                written += Int(count)
                continue
            }
            let savedError = errno
            switch SSL_get_error(pointer, count) {
            case SSL_ERROR_WANT_READ: try socket.wait(for: POLLIN, deadline, .write)
            case SSL_ERROR_WANT_WRITE: try socket.wait(for: POLLOUT, deadline, .write)
            case SSL_ERROR_SYSCALL: throw socket.broken(savedError)
            default:
                throw TransportError(.closed, endpoint.name, "TLS failed: \(OpenSSLErrors.takeText())")
            }
        }
    }

    /// Says goodbye without waiting for the answer (RFC 8446, section 6.1).
    func sendCloseNotify() {
        ERR_clear_error()
        SSL_shutdown(pointer)
        ERR_clear_error()
    }

    private func expectHostName() throws(TransportError) {
        let parameters = SSL_get0_param(pointer)
        // A certificate for an address carries it as an IP SAN; SNI is for names only (RFC 6066, section 3).
        let name = endpoint.expectedName
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, name) == 1 { return }
        ERR_clear_error()
        X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        guard X509_VERIFY_PARAM_set1_host(parameters, name, name.utf8.count) == 1,
            mc_set_server_name(pointer, name) == 1
        else {
            throw TransportError(.handshake, endpoint.name, "the host name cannot be used with TLS")
        }
    }

    private func handshake(_ socket: borrowing SocketWaiter, _ deadline: Deadline) throws(TransportError) {
        let check = CertificateCheck(endpoint.tls.pins)
        while true {
            ERR_clear_error()
            errno = 0
            let status = check.watch(pointer) { SSL_connect(pointer) }
            if status == 1 { return try expectCertificate() }
            let savedError = errno
            switch SSL_get_error(pointer, status) {
            case SSL_ERROR_WANT_READ: try socket.wait(for: POLLIN, deadline, .handshake)
            case SSL_ERROR_WANT_WRITE: try socket.wait(for: POLLOUT, deadline, .handshake)
            case SSL_ERROR_SYSCALL where savedError == ECONNRESET || savedError == EPIPE:
                throw HandshakeFailure.closed(endpoint)
            case SSL_ERROR_SYSCALL where savedError != 0: throw socket.broken(savedError)
            default: throw HandshakeFailure.error(check, endpoint)
            }
        }
    }

    /// A cipher without certificates would have asked nobody.
    private func expectCertificate() throws(TransportError) {
        guard SSL_get0_peer_certificate(pointer) != nil, SSL_get_verify_result(pointer) == Int(X509_V_OK) else {
            throw TransportError(
                .certificate, endpoint.name, "the server has shown no certificate: check `tls-ciphers`")
        }
    }
}
