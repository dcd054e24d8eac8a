/// Remembers the accounts of a manifest, to find those that stand twice.
struct AccountRegister {
    private struct Maildrop: Hashable {
        var host: String
        var port: UInt16
        var user: String
    }

    private var maildrops: [Maildrop: SourceLocation] = [:]
    private var names: [String: SourceLocation] = [:]

    /// Where the same maildrop (host without regard to case, port, user) stood first, or `nil` for a new one.
    mutating func enter(host: String, port: UInt16, user: String, at location: SourceLocation) -> SourceLocation? {
        let key = Maildrop(host: host.lowercased(), port: port, user: user)
        if let first = maildrops[key] { return first }
        maildrops[key] = location
        return nil
    }

    /// Where the same name stood first, or `nil` for a new one.
    mutating func enter(name: String, at location: SourceLocation) -> SourceLocation? {
        if let first = names[name] { return first }
        names[name] = location
        return nil
    }
}
