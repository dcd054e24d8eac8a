package import Mail
import Platform

/// What stands around a message in an mbox (RFC 4155, Appendix A).
package enum MboxEntry {
    /// Gives the line in front of a message: a valid address, and a date in the form of asctime(3) in UTC.
    /// - Parameter time: in seconds since 1970.
    package static func withFromLine(
        _ facts: HeaderFacts, time: Int64, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) rethrows {
        let line = "From \(envelopeSender(facts.from)) \(WallClock.asctime(max(0, time)))\n"
        try Array(line.utf8).withUnsafeBytes(body)
    }

    /// Gives the empty line behind a message.
    package static func withEnd(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try [UInt8(ascii: "\n")].withUnsafeBytes(body)
    }

    /// An address that every reader takes: the one between angle brackets, or MAILER-DAEMON.
    private static func envelopeSender(_ from: String) -> String {
        let inner = from.split(separator: "<").last.flatMap { $0.split(separator: ">").first } ?? ""
        let isAddress =
            inner.contains("@") && inner.utf8.count <= 200
            && inner.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ",") }
        return isAddress ? String(inner) : "MAILER-DAEMON"
    }
}
