import Archive
import Catalog
import Mail
import Platform

/// Messages as lines of text or JSON, for `list` and `search`.
struct MessageLines {
    private struct Line: Encodable {
        var id: String
        var account: String
        var size: UInt64
        var date: String?
        var received: String?
        var from: String
        var to: String
        var cc: String
        var subject: String
        var messageID: String
        var path: String

        init(_ message: CatalogMessage) {
            id = message.digest.hex
            account = message.account
            size = message.size
            date = message.facts.date.map(WallClock.timestamp)
            received = message.facts.received.map(WallClock.timestamp)
            (from, to, cc) = (message.facts.from, message.facts.to, message.facts.cc)
            (subject, messageID, path) = (message.facts.subject, message.facts.messageID, message.path)
        }
    }

    /// Thrown to stop when nobody reads any more.
    private struct Unread: Error {}

    let json: Bool

    /// Writes the messages that a filter lets through.
    /// - Returns: how many there were.
    func write(_ catalog: Catalog, _ filter: MessageFilter, limit: Int?) throws -> Int {
        var count = 0
        do {
            try catalog.forEachMessage(filter) { message in
                if let limit, count >= limit { throw Unread() }
                count += 1
                guard json ? JSONLine.write(Line(message)) : Output.write(text(message)) else { throw Unread() }
            }
        } catch is Unread {}
        return count
    }

    /// `0123456789abcdef  2025-02-03  ann   Ann Bell <ann@x.example>   4.1 kB  Hello`.
    private func text(_ message: CatalogMessage) -> String {
        let day = message.time.map { String(WallClock.timestamp($0).prefix(10)) } ?? "          "
        let columns = [
            String(message.digest.hex.prefix(16)), day, cell(message.account, 16), cell(message.facts.from, 32),
            String(repeating: " ", count: max(0, 9 - Format.octets(message.size).count)) + Format.octets(message.size),
            message.facts.subject.fitted(to: 80),
        ]
        return columns.joined(separator: "  ") + "\n"
    }

    private func cell(_ text: String, _ width: Int) -> String {
        let fitted = text.fitted(to: width)
        return fitted + String(repeating: " ", count: max(0, width - fitted.displayWidth))
    }
}
