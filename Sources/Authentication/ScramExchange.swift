import COpenSSL
import POP

/// SCRAM (RFC 5802, RFC 7677), with and without channel binding: neither side shows what it knows, and both prove it.
struct ScramExchange: SASLExchange {
    private enum Step {
        /// -> proof
        case first
        /// -> signature
        case proof(clientFirst: [UInt8])
        /// -> done, refused
        case signature([UInt8])
        case done
        case refused
    }

    /// Fewer make the password easy to guess for whoever has seen the exchange (RFC 7677, section 4); more would be an
    /// attack on this side.
    private static let iterationCounts = 4096...1_000_000
    private static let nonceByteCount = 24

    private let mechanism: Mechanism
    private let hash: ScramHash
    private let credentials: Credentials
    private let binding: ChannelBinding
    private let nonce: [UInt8]
    private var step = Step.first
    private(set) var refusal: String?

    /// - Parameter nonce: printable ASCII without commas; anew for each exchange.
    init(
        _ mechanism: Mechanism, _ hash: ScramHash, _ credentials: Credentials, _ binding: ChannelBinding,
        nonce: [UInt8] = ScramExchange.newNonce()
    ) {
        (self.mechanism, self.hash, self.credentials, self.binding) = (mechanism, hash, credentials, binding)
        self.nonce = nonce
    }

    mutating func begin() throws(AuthenticationError) -> SecretBytes? {
        if mechanism.isBound, boundTo == nil {
            throw AuthenticationError(.unusableCredentials, mechanism, "there is no TLS session to be bound to")
        }
        let user = try Preparation.prepared(SecretBytes(copying: credentials.user.utf8), for: mechanism)
        let name = user.withBytes { SASLName.escaped($0) }
        let clientFirst = Array("n=".utf8) + name + Array(",r=".utf8) + nonce
        step = .proof(clientFirst: clientFirst)
        return SecretBytes(copying: bindingHeader + clientFirst)
    }

    mutating func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        switch step {
        case .proof(let clientFirst): return try prove(clientFirst, challenge)
        case .signature(let expected):
            try check(challenge, expected)
            return SecretBytes(copying: [])
        case .first, .done, .refused:
            throw AuthenticationError(.badChallenge, mechanism, "the server asks again when all was said")
        }
    }

    func finish() throws(AuthenticationError) {
        guard case .done = step else {
            throw AuthenticationError(
                .unprovenServer, mechanism, "the server accepts without proof that it knows the password")
        }
    }

    // MARK: - Proof and signature

    private mutating func prove(
        _ clientFirst: [UInt8], _ serverFirst: [UInt8]
    ) throws(AuthenticationError) -> SecretBytes {
        guard let first = ScramMessage.ServerFirst(serverFirst) else {
            if case .refusal(let reason)? = ScramMessage.ServerFinal(serverFirst) { return refused(reason) }
            throw AuthenticationError(.badChallenge, mechanism, "the server's first message cannot be understood")
        }
        guard first.nonce.count > nonce.count, first.nonce.starts(with: nonce) else {
            throw AuthenticationError(.badChallenge, mechanism, "the server answers somebody else's message")
        }
        guard Self.iterationCounts.contains(first.iterationCount) else {
            throw AuthenticationError(
                .badChallenge, mechanism,
                "the server wants \(first.iterationCount) iterations, and only \(Self.iterationCounts.lowerBound) to "
                    + "\(Self.iterationCounts.upperBound) are safe")
        }
        let password = try Preparation.prepared(credentials.secret, for: mechanism)
        let salted = hash.saltedPassword(password, salt: first.salt, iterationCount: first.iterationCount)
        let withoutProof =
            Array("c=".utf8) + Array(Base64Line.encoded(bindingHeader + (boundTo ?? [])).utf8) + Array(",r=".utf8)
            + first.nonce
        let comma = [UInt8(ascii: ",")]
        let message = clientFirst + comma + serverFirst + comma + withoutProof
        var clientKey = hash.mac(key: salted, Array("Client Key".utf8))
        defer { SecretBytes.wipe(&clientKey) }
        let signature = hash.mac(key: SecretBytes(copying: hash.hash(clientKey)), message)
        let proof = zip(clientKey, signature).map { $0 ^ $1 }
        var serverKey = hash.mac(key: salted, Array("Server Key".utf8))
        step = .signature(hash.mac(key: SecretBytes(taking: &serverKey), message))
        return SecretBytes(copying: withoutProof + Array(",p=".utf8) + Array(Base64Line.encoded(proof).utf8))
    }

    private mutating func check(_ serverFinal: [UInt8], _ expected: [UInt8]) throws(AuthenticationError) {
        switch ScramMessage.ServerFinal(serverFinal) {
        case .signature(let signature)?:
            guard signature.count == expected.count, CRYPTO_memcmp(signature, expected, expected.count) == 0 else {
                throw AuthenticationError(
                    .unprovenServer, mechanism, "the server does not know the password: it may be somebody else")
            }
            step = .done
        case .refusal(let reason)?: _ = refused(reason)
        case nil:
            throw AuthenticationError(.badChallenge, mechanism, "the server's last message cannot be understood")
        }
    }

    /// The server says why, and refuses after the empty answer.
    private mutating func refused(_ reason: [UInt8]) -> SecretBytes {
        refusal = UntrustedText.escaped(reason)
        step = .refused
        return SecretBytes(copying: [])
    }

    // MARK: - Channel binding

    /// The header of RFC 5802, section 6: bound, could be bound if the server offered it, or cannot be.
    private var bindingHeader: [UInt8] {
        switch binding {
        case .bound(let type, _) where mechanism.isBound: Array("p=\(type),,".utf8)
        case .notOffered: Array("y,,".utf8)
        case .unsupported, .bound: Array("n,,".utf8)
        }
    }

    private var boundTo: [UInt8]? {
        if mechanism.isBound, case .bound(_, let data) = binding { data } else { nil }
    }

    private static func newNonce() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: nonceByteCount)
        let status = RAND_bytes(&bytes, CInt(bytes.count))
        precondition(status == 1, "OpenSSL has random bytes")
        return Array(Base64Line.encoded(bytes).utf8)
    }
}
