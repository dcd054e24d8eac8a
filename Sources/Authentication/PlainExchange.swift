import POP

/// PLAIN (RFC 4616): everything at once.
struct PlainExchange: SASLExchange {
    private let credentials: Credentials

    init(_ credentials: Credentials) { self.credentials = credentials }

    func begin() -> SecretBytes? {
        let user = Array(credentials.user.utf8)
        return credentials.secret.withBytes { password in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(user.count + password.count + 2)
            bytes.append(0)
            bytes += user
            bytes.append(0)
            bytes += password
            return SecretBytes(taking: &bytes)
        }
    }

    func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        throw AuthenticationError(.badChallenge, .plain, "the server asks for more than this mechanism has")
    }
}

/// LOGIN, which no RFC describes: the server asks twice, in words of its own.
struct LoginExchange: SASLExchange {
    private let credentials: Credentials
    private var challengeCount = 0

    init(_ credentials: Credentials) { self.credentials = credentials }

    func begin() -> SecretBytes? { nil }

    mutating func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        challengeCount += 1
        switch challengeCount {
        case 1: return SecretBytes(copying: credentials.user.utf8)
        case 2: return credentials.secret
        default:
            throw AuthenticationError(.badChallenge, .login, "the server asks for more than a user and a password")
        }
    }
}

/// EXTERNAL (RFC 4422, appendix A) and ANONYMOUS (RFC 4505): one response, without a secret.
struct NamelessExchange: SASLExchange {
    let response: [UInt8]

    func begin() -> SecretBytes? { SecretBytes(copying: response) }

    /// A server that did not take the first response asks for it again.
    func answer(to challenge: [UInt8]) -> SecretBytes { SecretBytes(copying: response) }
}
