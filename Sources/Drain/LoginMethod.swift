import Authentication
import Manifest
import POP

/// How an account proves who it is.
enum LoginMethod: Equatable {
    case userAndPass
    case apop
    case mechanism(Mechanism)

    /// What the manifest names, or the strongest that the server offers. Nothing weaker is taken after a refusal: whoever
    /// sits between could refuse all but what shows the password.
    /// - Parameters:
    ///   - isBindable: there is a TLS session that a mechanism may be bound to.
    ///   - isToken: there is a token, and no password.
    /// - Throws: `AccountFailure` where the server does not offer what is named.
    init(
        _ choice: AuthenticationChoice, _ capabilities: Capabilities, isBindable: Bool, isToken: Bool
    ) throws(AccountFailure) {
        let offered = capabilities.mechanisms
        switch choice {
        case .auto where isToken: self = .mechanism(try Self.bearer(of: offered))
        case .auto:
            let strongest = Mechanism.allCases.first {
                $0.isAutomatic && offered.contains($0.name) && (isBindable || !$0.isBound)
            }
            self = strongest.map { .mechanism($0) } ?? .userAndPass
        case .user: self = .userAndPass
        case .apop: self = .apop
        default:
            let name = choice.rawValue.uppercased()
            guard let mechanism = Mechanism(rawValue: name) else { preconditionFailure("no mechanism \(name)") }
            // A server without CAPA may know it all the same.
            guard offered.contains(name) || capabilities.names.isEmpty else {
                let others = offered.isEmpty ? "no mechanism" : offered.joined(separator: ", ")
                throw AccountFailure(
                    .refused, "the server does not offer \(name), which `auth` names; it offers \(others)",
                    remedy: "name another one, or leave `auth` out to take the strongest")
            }
            self = .mechanism(mechanism)
        }
    }

    /// The mechanism for a token: the standard one, or the older one.
    private static func bearer(of offered: [String]) throws(AccountFailure) -> Mechanism {
        if let mechanism = [Mechanism.oauthBearer, .xoauth2].first(where: { offered.contains($0.name) }) {
            return mechanism
        }
        let others = offered.isEmpty ? "no mechanism" : offered.joined(separator: ", ")
        throw AccountFailure(
            .refused, "the server offers neither OAUTHBEARER nor XOAUTH2, which take a token; it offers \(others)",
            remedy: "use a password, or name the one it knows with `auth`")
    }

    /// For messages.
    var name: String {
        switch self {
        case .userAndPass: "USER and PASS"
        case .apop: "APOP"
        case .mechanism(let mechanism): mechanism.name
        }
    }
}
