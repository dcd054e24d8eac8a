import Foundation
import Mail

/// One line of a record, as JSON has it. Which fields are there depends on `kind`.
private struct Line: Codable {
    enum Kind: String, Codable { case run, file, account, message, result }

    var kind: Kind
    var format: Int?
    var id: String?
    var started: Int64?
    var name: String?
    var host: String?
    var port: UInt16?
    var user: String?
    var account: String?
    var uid: String?
    var uid64: String?
    var sha256: String?
    var size: UInt64?
    var path: String?
    var archived: Int64?
    var member: UInt64?
    var inner: UInt32?
    var stored: UInt64?
    var length: UInt64?
    var result: GroupRecord.Result?

    init(_ kind: Kind) { self.kind = kind }
}

extension GroupRecord {
    /// The lines as they stand in the volume.
    package func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes: [UInt8] = []
        func add(_ line: Line) throws {
            bytes += try encoder.encode(line)
            bytes.append(10)
        }
        var first = Line(.run)
        (first.format, first.id, first.started) = (ArchiveLayout.formatVersion, run.id, run.started)
        try add(first)
        for file in files {
            var line = Line(.file)
            (line.path, line.length) = (file.path, file.length)
            try add(line)
        }
        for account in accounts {
            var line = Line(.account)
            (line.name, line.host, line.port, line.user) = (account.name, account.host, account.port, account.user)
            try add(line)
        }
        for message in messages { try add(Line(message)) }
        for result in results {
            var line = Line(.result)
            line.result = result
            try add(line)
        }
        return bytes
    }

    /// Reads a record back.
    /// - Throws: `ArchiveError.damaged`, `ArchiveError.newerFormat`.
    package init(encoded bytes: [UInt8], path: String) throws {
        let decoder = JSONDecoder()
        var record: GroupRecord?
        for (index, text) in bytes.split(separator: 10).enumerated() {
            guard let line = try? decoder.decode(Line.self, from: Data(text)) else {
                throw ArchiveError(.damaged, path, "line \(index + 1) of the record cannot be read")
            }
            try Self.add(line, to: &record, path)
        }
        guard let record else { throw ArchiveError(.damaged, path, "the record is empty") }
        self = record
    }

    private static func add(_ line: Line, to record: inout GroupRecord?, _ path: String) throws {
        let incomplete = ArchiveError(.damaged, path, "a \(line.kind.rawValue) line of the record is incomplete")
        switch line.kind {
        case .run:
            if let format = line.format, format > ArchiveLayout.formatVersion {
                throw ArchiveError(
                    .newerFormat(found: format), path,
                    "written in format \(format) by a later mailcask: update this one")
            }
            guard let id = line.id, let started = line.started else { throw incomplete }
            record = GroupRecord(run: Run(id: id, started: started))
        case .file:
            guard let path = line.path, let length = line.length else { throw incomplete }
            record?.files.append(File(path: path, length: length))
        case .account:
            guard let name = line.name, let host = line.host, let port = line.port, let user = line.user else {
                throw incomplete
            }
            record?.accounts.append(Account(name: name, host: host, port: port, user: user))
        case .message:
            guard let message = line.message else { throw incomplete }
            record?.messages.append(message)
        case .result:
            guard let result = line.result else { throw incomplete }
            record?.results.append(result)
        }
    }
}

extension Line {
    init(_ message: GroupRecord.Message) {
        self.init(.message)
        (account, sha256, size) = (message.account, message.digest.hex, message.size)
        (path, archived) = (message.path, message.archived)
        // A unique-id is opaque: what JSON cannot carry exactly goes as base64.
        if let text = String(validating: message.uniqueID, as: UTF8.self) {
            uid = text
        } else {
            uid64 = Data(message.uniqueID).base64EncodedString()
        }
        if let place = message.place {
            (member, inner, stored) = (place.memberOffset, place.innerOffset, place.length)
        }
    }

    var message: GroupRecord.Message? {
        guard let account, let digest = sha256.flatMap({ Digest(hex: $0) }), let size, let path, let archived else {
            return nil
        }
        let uniqueID: [UInt8]
        if let uid {
            uniqueID = Array(uid.utf8)
        } else if let data = uid64.flatMap({ Data(base64Encoded: $0) }) {
            uniqueID = Array(data)
        } else {
            return nil
        }
        var place: Place?
        if let member, let inner, let stored {
            place = Place(file: path, memberOffset: member, innerOffset: inner, length: stored)
        }
        return GroupRecord.Message(
            account: account, uniqueID: uniqueID, digest: digest, size: size, path: path, archived: archived,
            place: place)
    }
}
