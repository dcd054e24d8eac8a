/// Import promises that the configurations of other POP3 clients, and their lists of unique-ids, become accounts of a
/// manifest, or a line of what has no counterpart. It reads bytes that it is given, and touches no file.
package enum Import {
    /// The most bytes that a configuration may have.
    package static let configurationByteLimit = 1 << 20
    /// The most bytes that a list of unique-ids may have.
    package static let uniqueIDByteLimit = 64 << 20

    /// Reads the configuration of another program.
    package static func configuration(_ tool: ForeignTool, _ bytes: [UInt8], _ place: Surroundings) -> Configuration {
        guard bytes.count <= configurationByteLimit else {
            return .mistaken(1, "the file is larger than \(configurationByteLimit >> 20) MiB")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let line = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
                .firstIndex { String(validating: $0, as: UTF8.self) == nil }
            return .mistaken((line ?? 0) + 1, "the line is not UTF-8: write it so")
        }
        var configuration =
            switch tool {
            case .mpop: MpopReader(place).read(text)
            case .getmail: GetmailReader(place).read(text)
            case .fetchmail: FetchmailReader(place).read(text)
            }
        configuration.leaveOutTwins()
        configuration.remarks.sort { $0.line < $1.line }
        configuration.accounts.giveNamesOfTheirOwn()
        return configuration
    }
}

/// A program whose configuration can be read.
package enum ForeignTool: String, Sendable, CaseIterable {
    case mpop, getmail, fetchmail

    /// Where its configuration is by itself, in the order of preference.
    package func configurationPaths(home: String, configHome: String?) -> [String] {
        let folder = configHome ?? "\(home)/.config"
        return switch self {
        case .mpop: ["\(home)/.mpoprc", "\(folder)/mpop/config"]
        case .getmail: ["\(home)/.getmail/getmailrc", "\(folder)/getmail/getmailrc"]
        case .fetchmail: ["\(home)/.fetchmailrc"]
        }
    }
}

/// What paths of a configuration start from.
package struct Surroundings: Sendable {
    /// What `~` stands for.
    package var home: String
    package var workingDirectory: String
    /// The folder of the configuration.
    package var folder: String

    package init(home: String, workingDirectory: String, folder: String) {
        self.home = home
        self.workingDirectory = workingDirectory
        self.folder = folder
    }

    /// An absolute path.
    func path(_ text: String) -> String {
        if text == "~" { return home }
        if text.hasPrefix("~/") { return home + text.dropFirst() }
        return text.hasPrefix("/") ? text : "\(workingDirectory)/\(text)"
    }
}
