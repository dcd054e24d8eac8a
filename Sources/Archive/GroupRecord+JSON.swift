import Foundation
import Mail

/// One line of a record, as JSON has it. Which fields are there depends on `kind`.
private struct Line: Codable {
    enum Kind: String, Codable { case run, file, account, message, deletion, quarantine, result }

    var kind: String
    var format: Int?
    var id: String?
    var started: Int64?
    var previous: String?
    var repair: RepairLine?
    var name: String?
    var host: String?
    var port: UInt16?
    var user: String?
    var account: String?
    var uid: String?
    var uid64: String?
    var sha256: String?
    var size: UInt64?
    var listed: UInt64?
    var proof: String?
    var sole: Bool?
    var state: String?
    var reason: String?
    var tries: Int?
    var time: Int64?
    var path: String?
    var archived: Int64?
    var member: UInt64?
    var inner: UInt32?
    var stored: UInt64?
    var length: UInt64?
    var result: GroupRecord.Result?

    init(_ kind: Kind) { self.kind = kind.rawValue }
}

/// The field `repair` of a line of the kind `run`.
private struct RepairLine: Codable {
    struct Gap: Codable {
        var after: String?
        var before: String
    }

    struct Lost: Codable {
        var account: String
        var sha256: String
    }

    var gaps: [Gap]
    var setAside: [GroupRecord.Repair.SetAside]
    var lost: [Lost]

    init(_ repair: GroupRecord.Repair) {
        gaps = repair.gaps.map { Gap(after: $0.after?.hex, before: $0.before.hex) }
        setAside = repair.setAside
        lost = repair.lost.map { Lost(account: $0.account, sha256: $0.digest.hex) }
    }

    /// `nil` where a digest or a path is none.
    var repair: GroupRecord.Repair? {
        var repair = GroupRecord.Repair()
        guard setAside.allSatisfy({ ArchiveLayout.isMailFile($0.path) }) else { return nil }
        for gap in gaps {
            let after = gap.after.flatMap { Digest(hex: $0) }
            guard let before = Digest(hex: gap.before), (after == nil) == (gap.after == nil) else { return nil }
            repair.gaps.append(RecordChain.Gap(after: after, before: before))
        }
        repair.setAside = setAside
        for message in lost {
            guard let digest = Digest(hex: message.sha256) else { return nil }
            repair.lost.append(GroupRecord.Repair.Lost(account: message.account, digest: digest))
        }
        return repair
    }
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
        (first.previous, first.repair) = (previous?.hex, repair.map(RepairLine.init))
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
        for deletion in deletions { try add(Line(deletion)) }
        for quarantine in quarantines { try add(Line(quarantine)) }
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
        for (index, text) in TextLines(bytes).enumerated() {
            guard let line = try? decoder.decode(Line.self, from: Data(text)), line.isPossible else {
                throw ArchiveError(.damaged, path, "line \(index + 1) of the record cannot be read")
            }
            try Self.add(line, to: &record, path)
        }
        guard let record else { throw ArchiveError(.damaged, path, "the record is empty") }
        self = record
    }

    private static func add(_ line: Line, to record: inout GroupRecord?, _ path: String) throws {
        let incomplete = ArchiveError(.damaged, path, "a \(line.kind) line of the record is incomplete")
        switch Line.Kind(rawValue: line.kind) {
        case .run?:
            if let format = line.format, format > ArchiveLayout.formatVersion {
                throw ArchiveError(
                    .newerFormat(found: format), path,
                    "written in format \(format) by a later mailcask: update this one")
            }
            guard let id = line.id, let started = line.started else { throw incomplete }
            record = GroupRecord(run: Run(id: id, started: started))
            record?.previous = line.previous.flatMap { Digest(hex: $0) }
            record?.repair = line.repair?.repair
            guard (record?.previous == nil) == (line.previous == nil), (record?.repair == nil) == (line.repair == nil)
            else { throw ArchiveError(.damaged, path, "the record names what is no SHA-256 or no file of mail") }
        case .file?:
            guard let path = line.path, let length = line.length else { throw incomplete }
            record?.files.append(File(path: path, length: length))
        case .account?:
            guard let name = line.name, let host = line.host, let port = line.port, let user = line.user else {
                throw incomplete
            }
            record?.accounts.append(Account(name: name, host: host, port: port, user: user))
        case .message?:
            guard let message = line.message else { throw incomplete }
            record?.messages.append(message)
        case .deletion?:
            guard let deletion = line.deletion else { throw incomplete }
            record?.deletions.append(deletion)
        case .quarantine?:
            guard let quarantine = line.quarantine else { throw incomplete }
            record?.quarantines.append(quarantine)
        case .result?:
            guard let result = line.result else { throw incomplete }
            record?.results.append(result)
        // A later version may tell more; what matters to the mail would make the format a higher one.
        case nil: break
        }
    }
}

extension GroupRecord.Result {
    /// Whether its counts are such that they can be added up.
    fileprivate var isPossible: Bool {
        [listed, alreadyArchived, mapped, archived, duplicates, quarantined, left, deleted].allSatisfy {
            (0...Int(Int32.max)).contains($0)
        }
    }
}

extension Line {
    /// The years 1 to 9999.
    private static let times: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    /// Whether its numbers can be stored, and its files are where mailcask puts such files.
    fileprivate var isPossible: Bool {
        let numbers = [size, listed, member, stored, length, result?.octets, result?.savedOctets]
        guard numbers.allSatisfy({ $0 ?? 0 <= Int64.max }), result?.isPossible ?? true,
            [started, time, archived].allSatisfy({ Self.times.contains($0 ?? 0) }),
            (0...Int(Int32.max)).contains(tries ?? 0)
        else { return false }
        switch Kind(rawValue: kind) {
        case .file?: return path.map(ArchiveLayout.isMbox) ?? true
        case .message? where member != nil: return path.map(ArchiveLayout.isMbox) ?? true
        default: return true
        }
    }

    init(_ message: GroupRecord.Message) {
        self.init(.message)
        (account, sha256, size) = (message.account, message.digest.hex, message.size)
        (path, archived, listed) = (message.path, message.archived, message.listedOctets)
        if message.proof == .header { proof = "header" }
        if message.isSole { sole = true }
        uniqueID = message.uniqueID
        if let place = message.place {
            (member, inner, stored) = (place.memberOffset, place.innerOffset, place.length)
        }
    }

    var message: GroupRecord.Message? {
        guard let account, let digest = sha256.flatMap({ Digest(hex: $0) }), let size, let path, let archived,
            let uniqueID
        else { return nil }
        var place: Place?
        if let member, let inner, let stored {
            place = Place(file: path, memberOffset: member, innerOffset: inner, length: stored)
        }
        return GroupRecord.Message(
            account: account, uniqueID: uniqueID, digest: digest, size: size, listedOctets: listed,
            proof: proof == "header" ? .header : .content, isSole: sole ?? false, path: path, archived: archived,
            place: place)
    }

    init(_ deletion: GroupRecord.Deletion) {
        self.init(.deletion)
        (account, time, uniqueID) = (deletion.account, deletion.time, deletion.uniqueID)
        state = deletion.state == .confirmed ? "confirmed" : "requested"
    }

    var deletion: GroupRecord.Deletion? {
        guard let account, let uniqueID, let time, let state, ["requested", "confirmed"].contains(state) else {
            return nil
        }
        return GroupRecord.Deletion(
            account: account, uniqueID: uniqueID, state: state == "confirmed" ? .confirmed : .requested, time: time)
    }

    init(_ quarantine: GroupRecord.Quarantine) {
        self.init(.quarantine)
        (account, time, uniqueID) = (quarantine.account, quarantine.time, quarantine.uniqueID)
        (tries, reason) = (quarantine.tries, quarantine.reason)
    }

    var quarantine: GroupRecord.Quarantine? {
        guard let account, let uniqueID, let time, let tries else { return nil }
        return GroupRecord.Quarantine(account: account, uniqueID: uniqueID, tries: tries, reason: reason, time: time)
    }

    /// A unique-id is opaque: what JSON cannot carry exactly goes as base64.
    private var uniqueID: [UInt8]? {
        get { uid.map { Array($0.utf8) } ?? uid64.flatMap { Data(base64Encoded: $0) }.map { Array($0) } }
        set {
            guard let newValue else { return }
            if let text = String(validating: newValue, as: UTF8.self) {
                uid = text
            } else {
                uid64 = Data(newValue).base64EncodedString()
            }
        }
    }
}
