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
        switch format {
        case .maildir: try write(messages, to: MaildirSink(base), &outcome)
        case .eml: try write(messages, to: FolderSink(base), &outcome)
        case .mbox: try write(messages, to: MboxSink("\(base).mbox", compression: nil), &outcome)
        case .mboxGzip: try write(messages, to: MboxSink("\(base).mbox.gz", compression: .balanced), &outcome)
        case .tarGzip:
            try write(messages, to: TarSink("\(base).tar.gz", folder: SafeName.escaped(account)), &outcome)
        }
    }

    /// All threads read, and write files of their own.
    private func write(
        _ messages: [CatalogMessage], to folder: some ExportFolder, _ outcome: inout Outcome
    ) throws {
        try read(messages) { message, reader in
            try folder.add(message, ExportedMail(message, reader))
        } take: { result, message in
            try take(result, message, &outcome)
        }
        try folder.finish()
    }

    /// All threads read, and this one writes.
    private func write(_ messages: [CatalogMessage], to file: some ExportFile, _ outcome: inout Outcome) throws {
        try read(messages) { message, reader in
            try ExportedMail(message, reader).bytes
        } take: { bytes, message in
            let written = Result {
                try file.add(message, ExportedMail(message, bytes: try bytes.get(), reader))
                return true
            }
            try take(written, message, &outcome)
        }
        try file.finish()
    }

    /// Has all threads do their part of each message, and takes what came of it in the order of the messages.
    private func read<Value: Sendable>(
        _ messages: [CatalogMessage],
        _ body: @escaping @Sendable (CatalogMessage, ArchiveReader) throws -> Value,
        take: (Result<Value, any Error>, CatalogMessage) throws -> Void
    ) throws {
        let work = OrderedWork<ArraySlice<CatalogMessage>, [Result<Value, any Error>]> { [catalog = reader.catalog] in
            let reader = ArchiveReader(catalog)
            return { run in run.map { message in Result { try body(message, reader) } } }
        }
        var runs = ExportRuns(messages)
        var count = 0
        try work.run {
            runs.next()
        } take: { results in
            for result in results {
                try take(result, messages[count])
                count += 1
            }
            return true
        }
    }

    /// - Parameter result: `false` where the message was there already.
    private func take(
        _ result: Result<Bool, any Error>, _ message: CatalogMessage, _ outcome: inout Outcome
    ) throws {
        do {
            if try result.get() {
                outcome.messageCount += 1
                outcome.octets += message.size
            } else {
                outcome.skippedCount += 1
            }
        } catch let error as ArchiveError {
            outcome.failures.append("\(message.account): message \(message.digest): \(error)")
        }
    }
}
