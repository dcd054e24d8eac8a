/// The unique-ids that another program notes of what it fetched. None of the three says where the message is.
package enum UniqueIDFile {
    /// How many unique-ids of an account there are; `nil` where the file knows no such account.
    package static func count(_ tool: ForeignTool, _ bytes: [UInt8], of account: ForeignAccount) -> Int? {
        switch tool {
        case .mpop: mpop(bytes, host: account.host, user: account.user)
        case .getmail: bytes.split(separator: newline).count { $0.dropFirst().contains(0) }
        case .fetchmail: fetchmail(bytes, "\(account.user)@\(account.host) ")
        }
    }

    private static let newline = UInt8(ascii: "\n")

    /// A line ` COUNT HOST USER` begins a list, and each line of it is a unique-id.
    private static func mpop(_ bytes: [UInt8], host: String, user: String) -> Int? {
        var count: Int?
        var isOurs = false
        for line in bytes.split(separator: newline) where line.first != UInt8(ascii: "#") {
            guard line.first == UInt8(ascii: " ") else {
                if isOurs { count = (count ?? 0) + 1 }
                continue
            }
            let words = line.dropFirst().split(separator: UInt8(ascii: " "), maxSplits: 2)
            isOurs = words.count == 3 && words[1].elementsEqual(host.utf8) && words[2].elementsEqual(user.utf8)
            if isOurs, count == nil { count = 0 }
        }
        return count
    }

    /// Each line is `USER@HOST UNIQUE-ID`.
    private static func fetchmail(_ bytes: [UInt8], _ beginning: String) -> Int? {
        let found = bytes.split(separator: newline).count {
            $0.count > beginning.utf8.count && $0.starts(with: beginning.utf8)
        }
        return found == 0 ? nil : found
    }
}
