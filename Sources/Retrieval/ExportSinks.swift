import Archive
import Catalog
import Mail
import Platform

/// Where the messages of one account go, each to a file of its own; several threads may add at once.
protocol ExportFolder: Sendable {
    /// Writes a message; `false` when it is there already.
    /// - Throws: `ArchiveError` when the message cannot be read; then nothing of it stays.
    func add(_ message: CatalogMessage, _ mail: @autoclosure () throws -> ExportedMail) throws -> Bool
    func finish() throws
}

/// Where the messages of one account go, one behind the other in one file.
protocol ExportFile {
    /// Writes a message.
    /// - Throws: `ArchiveError` when the message cannot be read, and nothing of it was written; `UnfinishedExport`.
    func add(_ message: CatalogMessage, _ mail: ExportedMail) throws
    func finish() throws
}

/// A file per message, named by time and digest: sorted as the mail came, safe on any file system, never two alike.
struct FolderSink: ExportFolder {
    private let folder: String

    init(_ folder: String) throws {
        self.folder = folder
        try FileSystem.makeDirectories(folder)
    }

    func add(_ message: CatalogMessage, _ mail: @autoclosure () throws -> ExportedMail) throws -> Bool {
        try Self.write(message, mail, to: "\(folder)/\(Self.name(message))", by: nil)
    }

    func finish() throws { try FileSystem.syncDirectory(folder) }

    /// `20250203T100000Z-0123456789abcdef.eml`.
    static func name(_ message: CatalogMessage) -> String {
        "\(WallClock.compactTimestamp(max(0, message.time ?? 0)))-\(message.digest.hex.prefix(16)).eml"
    }

    /// Writes a message to a file of its own, dated by the message.
    /// - Parameter temporaryPath: see `OutputStream`.
    static func write(
        _ message: CatalogMessage, _ mail: () throws -> ExportedMail, to path: String, by temporaryPath: String?
    ) throws -> Bool {
        if FileSystem.exists(path), try File(path, .read).length() == message.size { return false }
        let mail = try mail()
        let output = try OutputStream(path, by: temporaryPath, compression: nil)
        try mail.read { try output.write($0) }
        try output.finish(durable: false)
        if let time = message.time { FileSystem.setTimes(of: path, to: max(0, time)) }
        return true
    }
}

/// A Maildir; the messages count as seen, since they were read elsewhere. What is in `cur` is whole.
struct MaildirSink: ExportFolder {
    private let folder: String

    init(_ folder: String) throws {
        self.folder = folder
        for name in ["tmp", "new", "cur"] { try FileSystem.makeDirectories("\(folder)/\(name)") }
    }

    func add(_ message: CatalogMessage, _ mail: @autoclosure () throws -> ExportedMail) throws -> Bool {
        let name = "\(max(0, message.time ?? 0)).\(message.digest.hex.prefix(16)).mailcask"
        return try FolderSink.write(message, mail, to: "\(folder)/cur/\(name):2,S", by: "\(folder)/tmp/\(name)")
    }

    func finish() throws { try FileSystem.syncDirectory("\(folder)/cur") }
}

/// One mboxrd file.
struct MboxSink: ExportFile {
    private let output: OutputStream

    init(_ path: String, compression: Compression?) throws {
        output = try OutputStream(path, compression: compression)
    }

    func add(_ message: CatalogMessage, _ mail: ExportedMail) throws {
        try mail.check()
        try MboxEntry.withFromLine(message.facts, time: message.time ?? 0) { try output.write($0) }
        var quoting = Mboxrd(.quote)
        try UnfinishedExport.reading(message) {
            try mail.read { try quoting.consume($0) { try output.write($0) } }
        }
        try quoting.finish { try output.write($0) }
        try MboxEntry.withEnd { try output.write($0) }
    }

    func finish() throws { try output.finish(durable: true) }
}

/// One tar file of eml entries.
struct TarSink: ExportFile {
    private let output: OutputStream
    private let encoder: TarEncoder
    private let folder: String

    init(_ path: String, folder: String) throws {
        output = try OutputStream(path, compression: .balanced)
        encoder = try TarEncoder()
        self.folder = folder
    }

    func add(_ message: CatalogMessage, _ mail: ExportedMail) throws {
        try mail.check()
        try encoder.begin(
            path: "\(folder)/\(FolderSink.name(message))", size: message.size, time: message.time ?? 0)
        try UnfinishedExport.reading(message) {
            try mail.read {
                try encoder.write($0)
                try drain()
            }
        }
        try encoder.finish()
        try drain()
    }

    func finish() throws {
        try [UInt8](repeating: 0, count: 1024).withUnsafeBytes { try output.write($0) }
        try output.finish(durable: true)
    }

    private func drain() throws { try encoder.take().withUnsafeBytes { try output.write($0) } }
}
