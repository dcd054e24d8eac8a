import Archive
import ArgumentParser
import Drain
import Import
import Manifest
import Platform

extension ForeignTool: ExpressibleByArgument {}

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Makes a manifest of the configuration of mpop, getmail6 or fetchmail, and takes over their mail.",
        discussion: "What has no counterpart is told. Neither that configuration nor that mail is changed.")

    @Argument(help: "mpop, getmail or fetchmail.")
    var tool: ForeignTool

    @Argument(help: "Its configuration; where the program itself looks for it, if not given.", completion: .file())
    var configuration: String?

    @Option(name: .long, help: "Write the manifest to this new file, in place of standard output.")
    var manifest: String?

    @Option(name: .long, help: "Take the delivered mail into this archive, and name it in the manifest.")
    var archive: String?

    @Option(name: .long, help: "A Maildir or an mbox with delivered mail, or ACCOUNT=PATH; may be given several times.")
    var mail: [String] = []

    func validate() throws {
        if !mail.isEmpty, archive == nil { throw ValidationError("--mail needs --archive, which takes the mail.") }
    }

    func run() async throws {
        try await reporting {
            let files = ManifestFiles.system
            let path = try foundConfiguration(files)
            let surroundings = Surroundings(
                home: files.home ?? "/", workingDirectory: files.workingDirectory,
                folder: FileSystem.realPath(FileSystem.parent(of: path)))
            let bytes = try FileSystem.contents(of: path, byteLimit: Import.configurationByteLimit)
            let found = Import.configuration(tool, bytes, surroundings)
            for remark in found.remarks {
                tell("\(path):\(remark.line): \(remark.kind == .mistake ? "error" : "note"): \(remark.text)")
            }
            if found.hasMistakes { throw ExitStatus.manifest }
            let sources = try sources(found.accounts)
            try writeManifest(found.accounts, path, files)
            for account in found.accounts { tellUniqueIDs(of: account) }
            guard let archive else { return }
            let layout = ArchiveLayout(root: absolute(archive, files))
            for outcome in try await MailTakeover(layout, tool.trace).run(sources) { tell(text(outcome)) }
        }
    }

    /// Names come from a file that somebody else may have written.
    private func tell(_ text: String) {
        let shown = text.unicodeScalars.map { scalar in
            scalar != "\n" && scalar.properties.generalCategory == .control ? "?" : String(scalar)
        }
        Terminal.writeToStandardError("\(shown.joined())\n")
    }

    // MARK: - Files

    private func foundConfiguration(_ files: ManifestFiles) throws -> String {
        if let configuration { return configuration }
        let configHome = Process.environment("XDG_CONFIG_HOME")
        let paths = tool.configurationPaths(home: files.home ?? "/", configHome: configHome)
        if let path = paths.first(where: FileSystem.exists) { return path }
        tell("mailcask: there is no \(paths.joined(separator: " and no ")): name the configuration")
        throw ExitStatus.notFound
    }

    private func absolute(_ path: String, _ files: ManifestFiles) -> String {
        path.hasPrefix("/") ? path : path == "." ? files.workingDirectory : "\(files.workingDirectory)/\(path)"
    }

    // MARK: - The manifest

    private func writeManifest(_ accounts: [ForeignAccount], _ path: String, _ files: ManifestFiles) throws {
        let text = ManifestText(
            accounts, of: tool, configuration: path, archive: archive.map { absolute($0, files) } ?? "mail",
            passwords: manifest.map { .files(prefix: absolute($0, files)) } ?? .leftOut)
        guard let manifest else {
            Output.write(text.text)
            return
        }
        let contents = text.passwordFiles.map { ($0.path, $0.password + "\n") } + [(manifest, text.text)]
        for (path, _) in contents where FileSystem.exists(path) {
            tell("mailcask: \(path) is there already, and is not overwritten: choose another name with --manifest")
            throw ExitStatus.usage
        }
        for (path, content) in contents { try Self.write(content, to: path) }
        try FileSystem.syncDirectory(FileSystem.parent(of: manifest))
        do throws(ManifestError) {
            for warning in try Manifest.load(path: manifest).warnings { tell(warning.rendered()) }
        } catch {
            tell("\(error)")
            tell("mailcask: \(manifest) is written, and needs this mended")
        }
    }

    /// A new file that only its owner may read.
    private static func write(_ text: String, to path: String) throws {
        let file = try File(path, .create)
        try Array(text.utf8).withUnsafeBytes { try file.write($0, at: 0) }
        try file.sync()
    }

    // MARK: - What the other program has fetched

    private func tellUniqueIDs(of account: ForeignAccount) {
        let path = account.uniqueIDFile
        let bytes = try? FileSystem.contents(of: path, byteLimit: Import.uniqueIDByteLimit)
        guard let count = bytes.flatMap({ UniqueIDFile.count(tool, $0, of: account) }) else {
            return tell("\(account.name): no unique-ids are noted in \(path)")
        }
        tell("\(account.name): \(tool.rawValue) has fetched \(Format.count(count)) messages by \(path)")
    }

    /// The folders of each account: those of the options in place of those of the configuration.
    private func sources(_ accounts: [ForeignAccount]) throws -> [MailTakeover.Source] {
        guard archive != nil else { return [] }
        var named: [String: [String]] = [:]
        for option in mail {
            let account = accounts.first { option.hasPrefix("\($0.name)=") }
            if account == nil, accounts.count != 1 {
                tell("mailcask: --mail needs ACCOUNT=PATH, as there are \(accounts.count) accounts")
                throw ExitStatus.usage
            }
            let path = account.map { String(option.dropFirst($0.name.count + 1)) } ?? option
            named[(account ?? accounts[0]).name, default: []].append(path)
        }
        let delivered = accounts.filter { named[$0.name] == nil }.compactMap(\.folder?.path)
        let namedUses = Self.uses(of: named.values.joined())
        let allUses = Self.uses(of: named.values.joined() + delivered)
        return accounts.map { account in
            // What is named for one account is its own, whatever the configuration delivers there as well.
            let uses = named[account.name] == nil ? allUses : namedUses
            let paths = named[account.name] ?? account.folder.map { [$0.path] } ?? []
            let own = paths.filter { isMail($0, of: account.name, uses[FileSystem.realPath($0)] ?? 0) }
            return MailTakeover.Source(account: account.name, user: account.user, paths: own)
        }
    }

    private static func uses(of paths: some Sequence<String>) -> [String: Int] {
        paths.reduce(into: [:]) { $0[FileSystem.realPath($1), default: 0] += 1 }
    }

    private func isMail(_ path: String, of account: String, _ useCount: Int) -> Bool {
        if !FileSystem.exists(path) {
            tell("\(account): there is no mail in \(path)")
            return false
        }
        if useCount > 1 {
            tell("\(account): \(path) is not taken over, as it has the mail of several accounts")
            return false
        }
        return true
    }

    private func text(_ outcome: MailTakeover.Outcome) -> String {
        if outcome.isDrained { return "\(outcome.account): mailcask has drained it already, and nothing is taken over" }
        var text = "\(outcome.account): \(Format.count(outcome.takenCount)) messages are taken over"
        if outcome.duplicateCount > 0 { text += ", \(Format.count(outcome.duplicateCount)) are there already" }
        if outcome.unsignedCount > 0 {
            text += ", \(Format.count(outcome.unsignedCount)) bear no sign of \(tool.rawValue) and are not"
        }
        if outcome.movedCount > 0 {
            text += ", \(Format.count(outcome.movedCount)) were moved meanwhile: run this again"
        }
        return text
    }
}

extension ForeignTool {
    fileprivate var trace: DeliveryTrace {
        switch self {
        case .mpop: .mpop
        case .getmail: .getmail
        case .fetchmail: .fetchmail
        }
    }
}
