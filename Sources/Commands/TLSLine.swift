import Drain
import Platform
import Transport

/// What `check --json` tells of an account's TLS.
struct TLSLine: Encodable {
    var security: String?
    var chain: [Certificate]
    var weaknesses: [String]
    var settings: [String]

    struct Certificate: Encodable {
        var subject: String
        var issuer: String
        var names: [String]
        var expires: String?
        var daysLeft: Int64?
        var pin: String?
    }

    init(_ finding: TLSFinding) {
        security = finding.security
        chain = finding.chain.map { certificate in
            Certificate(
                subject: certificate.subject, issuer: certificate.issuer, names: certificate.names,
                expires: certificate.expiry.map(WallClock.timestamp), daysLeft: certificate.daysLeft(),
                pin: certificate.pin.map { "\($0)" })
        }
        weaknesses = finding.weaknesses
        settings = finding.settings
    }
}

extension PeerCertificate {
    /// Whole days until it expires, less than 0 once it has.
    func daysLeft(now: Int64 = WallClock.now()) -> Int64? {
        expiry.map { ($0 - now) >= 0 ? ($0 - now) / 86_400 : -1 - (now - $0) / 86_400 }
    }
}
