import Archive
package import Catalog
import Mail
import Platform

/// Writes messages of an archive as ordinary mail files, account by account.
package struct Export {
    package struct Outcome: Sendable, Equatable {
        package var accountCount = 0
        package var messageCount = 0
        package var octets: UInt64 = 0
        /// Files that were there already, with this message's name and size.
        package var skippedCount = 0
        /// Messages that could not be read, with the reason.
        package var failures: [String] = []
    }

    private let reader: ArchiveReader
    private let format: ExportFormat
    private let directory: String

    package init(_ reader: ArchiveReader, _ format: ExportFormat, directory: String) {
        self.reader = reader
        self.format = format
        self.directory = directory
    }

    /// Writes every message that the filter lets through.
    ///
    /// A damaged message is left out and told; whatever comes back is right.
    /// - Throws: `FileError`, errors of the catalogue.
    package func run(_ filter: MessageFilter) throws -> Outcome {
        try FileSystem.makeDirectories(directory)
        let target = FileSystem.realPath(directory) + "/"
        guard !target.hasPrefix(FileSystem.realPath(reader.layout.root) + "/") else {
            throw ArchiveError(
                .otherFormat, directory, "this folder is inside the archive: export to one outside of it")
        }
        var outcome = Outcome()
        // The messages of one account at a time: a catalogue of millions is never held whole.
        for account in try reader.catalog.accountStatuses().map(\.name) {
            guard filter.accounts.isEmpty || filter.accounts.contains(account) else { continue }
            var one = filter
            one.accounts = [account]
            var messages: [CatalogMessage] = []
            try reader.catalog.forEachMessage(one) { messages.append($0) }
            guard !messages.isEmpty else { continue }
            outcome.accountCount += 1
            try write(messages, account, &outcome)
        }
        return outcome
    }

    private func write(_ messages: [CatalogMessage], _ account: String, _ outcome: inout Outcome) throws {
        let base = "\(directory)/\(SafeName.escaped(account))"
        let sink: any ExportSink =
            switch format {
            case .maildir: try MaildirSink(base)
            case .eml: try FolderSink(base)
            case .mbox: try MboxSink("\(base).mbox", compression: nil)
            case .mboxGzip: try MboxSink("\(base).mbox.gz", compression: .balanced)
            case .tarGzip: try TarSink("\(base).tar.gz", folder: SafeName.escaped(account))
            }
        for message in messages {
            do {
                if try sink.add(message, reader) {
                    outcome.messageCount += 1
                    outcome.octets += message.size
                } else {
                    outcome.skippedCount += 1
                }
            } catch let error as ArchiveError {
                outcome.failures.append("\(account): message \(message.digest): \(error)")
            }
        }
        try sink.finish()
    }
}

/// Where the messages of one account go.
protocol ExportSink {
    /// Writes a message; `false` when it is there already.
    /// - Throws: `ArchiveError` when the message cannot be read; then nothing of it stays.
    func add(_ message: CatalogMessage, _ reader: ArchiveReader) throws -> Bool
    func finish() throws
}
