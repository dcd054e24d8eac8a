import Drain
import Platform
import Transport

/// What `check` tells of TLS below its table: a block for all accounts that saw the same.
enum TLSBlocks {
    /// Certificates that expire in fewer days should be renewed by now.
    private static let renewalDays = 30
    /// The most accounts that a block names, and the most names of a certificate.
    private static let nameLimit = 3
    private static let alternativeLimit = 8

    /// Behind an empty line each; nothing where no account uses TLS.
    static func text(_ reports: [ProbeReport]) -> String {
        var order: [String] = []
        var accounts: [String: [String]] = [:]
        for report in reports {
            guard let block = report.tls.map({ lines(of: $0).joined(separator: "\n") }) else { continue }
            if accounts[block] == nil { order.append(block) }
            accounts[block, default: []].append(report.account)
        }
        return order.map { "\n\(list((accounts[$0] ?? []).map { $0.fitted(to: 40) }, limit: nameLimit)): \($0)\n" }
            .joined()
    }

    private static func list(_ names: [String], limit: Int) -> String {
        let more = names.count > limit ? " and \(Format.count(names.count - limit)) more" : ""
        return names.prefix(limit).joined(separator: ", ") + more
    }

    private static func lines(of finding: TLSFinding) -> [String] {
        var rows: [(String, String)] = []
        if let leaf = finding.chain.first {
            rows.append(("certificate", leaf.subject))
            if !leaf.names.isEmpty { rows.append(("for", list(leaf.names, limit: alternativeLimit))) }
            rows.append(("issued by", leaf.issuer))
            for above in finding.chain.dropFirst() where above.issuer != above.subject {
                rows.append(("", above.issuer))
            }
            rows.append(("expires", expiry(of: leaf)))
            if let pin = leaf.pin { rows.append(("pin", "\(pin)")) }
        }
        for weakness in finding.weaknesses { rows.append(("weaker", weakness)) }
        for (index, line) in finding.settings.enumerated() { rows.append((index == 0 ? "settings" : "", line)) }
        let width = rows.map(\.0.count).max() ?? 0
        return [finding.security ?? "the certificate was refused"]
            + rows.map { "  " + $0 + String(repeating: " ", count: width - $0.count + 2) + $1 }
    }

    private static func expiry(of certificate: PeerCertificate) -> String {
        guard let seconds = certificate.expiry, let days = certificate.daysLeft() else { return "?" }
        let date = String(WallClock.timestamp(seconds).prefix(10))
        if days < 0 { return "\(date): it has expired" }
        let rest = "\(date), in \(Format.count(days, "day"))"
        return days < renewalDays ? rest + ": warning, it must be renewed soon" : rest
    }
}
