import Foundation
import POP

/// XOAUTH2 and OAUTHBEARER (RFC 7628): a token of OAuth 2.0 in place of a password.
struct BearerExchange: SASLExchange {
    private static let separator: UInt8 = 1
    /// More of a refusal is not looked at.
    private static let refusalByteLimit = 8 << 10

    private let mechanism: Mechanism
    private let credentials: Credentials
    private(set) var refusal: String?

    init(_ mechanism: Mechanism, _ credentials: Credentials) {
        (self.mechanism, self.credentials) = (mechanism, credentials)
    }

    func begin() throws(AuthenticationError) -> SecretBytes? {
        let user = Array(credentials.user.utf8)
        guard !user.contains(Self.separator),
            credentials.secret.withBytes({ $0.allSatisfy { (0x21...0x7E).contains($0) } })
        else {
            throw AuthenticationError(
                .unusableCredentials, mechanism, "the token or the user name holds what neither may hold")
        }
        let end = [Self.separator]
        var front: [UInt8] = []
        if mechanism == .xoauth2 {
            front += Array("user=".utf8) + user + end
        } else {
            front += Array("n,a=".utf8) + SASLName.escaped(user) + [UInt8(ascii: ",")] + end
            front += Array("host=\(credentials.host)".utf8) + end + Array("port=\(credentials.port)".utf8) + end
        }
        front += "auth=Bearer ".utf8
        return credentials.secret.withBytes { token in
            var bytes: [UInt8] = []
            bytes.reserveCapacity(front.count + token.count + 2)
            bytes += front
            bytes += token
            bytes += end + end
            return SecretBytes(taking: &bytes)
        }
    }

    /// A challenge is a refusal in JSON; a word is due before the server says it in a status line (RFC 7628, section 3.2.3).
    mutating func answer(to challenge: [UInt8]) throws(AuthenticationError) -> SecretBytes {
        guard refusal == nil else {
            throw AuthenticationError(.badChallenge, mechanism, "the server asks again when all was said")
        }
        refusal = Self.status(of: challenge.prefix(Self.refusalByteLimit)) ?? "no reason given"
        return SecretBytes(copying: mechanism == .xoauth2 ? [] : [Self.separator])
    }

    func finish() throws(AuthenticationError) {
        guard refusal == nil else {
            throw AuthenticationError(.badChallenge, mechanism, "the server refuses the token and accepts the login")
        }
    }

    private struct Refusal: Decodable {
        let status: String?
        let error: String?
    }

    private static func status(of json: ArraySlice<UInt8>) -> String? {
        guard let refusal = try? JSONDecoder().decode(Refusal.self, from: Data(json)) else { return nil }
        return (refusal.status ?? refusal.error).map { UntrustedText.escaped($0.utf8) }
    }
}
