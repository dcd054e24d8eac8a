import Archive
import Catalog
import GRDB
import Mail
import Manifest
import Platform

@testable import Drain

/// A damaged volume gives every message of which no byte was touched, tells none that does not come back with the bytes
/// of its digest, and is never opened so that such a message would be cut off, unless damage and message are of the one
/// group that was under way.
///
/// The first byte of the input says how many groups the catalogue knows that is still there, or that there is none; the
/// others are the damage.
struct VolumesTarget {
    static let shared = try! VolumesTarget()

    /// Every kind of damage, with each state of the catalogue.
    static let seeds: [[UInt8]] = (0...3).flatMap { state in
        (0...7).map { kind in [state, kind] + Seeded.noise(7, seed: UInt64(state) << 3 | UInt64(kind)) }
    }

    /// A checkpoint, and the bytes of the volume that it needs.
    private struct Checkpoint {
        let row: String
        let digest: Digest
        let groupEnd: Int
        let needs: [Range<Int>]
    }

    private static let file = ArchiveLayout.volume(1)

    private let trial = TrialArchive()
    private let volume: [UInt8]
    /// After each group: the volume's committed length and the files of the catalogue.
    private var states: [(length: Int, files: [String: [UInt8]])] = []
    private let checkpoints: [Checkpoint]
    /// Where records lie in the volume.
    private let records: [Range<Int>]

    private init() throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        var states: [(length: Int, files: [String: [UInt8]])] = []
        for group in ArchiveBuilder.sample() {
            _ = try TrialArchive.wait { try await builder.run([group]) }
            var files: [String: [UInt8]] = [:]
            for name in ["catalog.sqlite", "catalog.sqlite-wal"] where FileSystem.exists(builder.layout.path(name)) {
                files[name] = try builder.scratch.bytes("archive/\(name)")
            }
            states.append((try builder.scratch.bytes("archive/\(Self.file)").count, files))
        }
        self.states = states
        volume = try builder.scratch.bytes("archive/\(Self.file)")
        (checkpoints, records) = try Self.contents(of: builder.layout)
        holds(try Set(checkpoints.map(\.row)) == Self.rows(builder.layout), "the records tell what the catalogue says")
    }

    func check(_ input: [UInt8]) {
        do {
            let knownGroupCount = Int(input.first ?? 0) % (states.count + 1)
            if knownGroupCount == 0 {
                try checkReindex(Damage(volume, from: 0, by: input.dropFirst()))
            } else {
                let known = states[knownGroupCount - 1]
                try checkOpening(Damage(volume, from: known.length, by: input.dropFirst()), known)
            }
        } catch { fatalError("a damaged volume is no reason to give up: \(error)") }
    }

    private func checkReindex(_ damage: Damage) throws {
        try trial.lay([Self.file: damage.bytes])
        let outcome = try Reindex(trial.layout).run { _ in }
        try check(damage, kept: checkpoints.filter { !$0.needs.contains(where: damage.touches) })
        if damage.touched.isEmpty { holds(outcome.damages.isEmpty, "nothing is wrong: \(outcome.damages)") }
    }

    /// Opens as a drain does, with a catalogue that knows the volume up to where the damage may begin.
    private func checkOpening(_ damage: Damage, _ known: (length: Int, files: [String: [UInt8]])) throws {
        try trial.lay(known.files.merging([Self.file: damage.bytes]) { first, _ in first })
        let open: OpenVolume
        do {
            let opening = try ArchiveOpening(trial.layout, .tar)
            open = opening.open
        }
        let damageStart = damage.touched.map(\.lowerBound).min() ?? Int.max
        let whole = records.filter { $0.lowerBound >= known.length && !damage.touches($0) }
        let isUnfinished = whole.count <= 1 || whole.allSatisfy { $0.upperBound <= damageStart }
        let kept = checkpoints.filter {
            isUnfinished ? $0.groupEnd <= damageStart : !$0.needs.contains(where: damage.touches)
        }
        try check(damage, kept: kept)
        guard open.number == 1 else { return }
        holds(kept.allSatisfy { $0.groupEnd <= open.committedLength }, "no message is cut off that was not under way")
    }

    private func check(_ damage: Damage, kept: [Checkpoint]) throws {
        holds(try trial.isSound(), "every message that is told comes back")
        let found = try Self.rows(trial.layout)
        let all = Set(checkpoints.map(\.row))
        holds(found.isSubset(of: all), "no checkpoint is made up: \(found.subtracting(all))")
        for checkpoint in kept {
            holds(found.contains(checkpoint.row), "what was not touched is found: \(checkpoint.row), \(damage.touched)")
        }
    }

    /// The checkpoints of a catalogue.
    private static func rows(_ layout: ArchiveLayout) throws -> Set<String> {
        try Catalog(layout, .read).database.read { database in
            try String.fetchSet(
                database,
                sql: """
                    SELECT accounts.name || '|' || hex(unique_id) || '|' || hex(digest) FROM checkpoints
                    JOIN accounts ON accounts.id = account JOIN messages ON messages.id = message
                    """)
        }
    }

    /// What the volume's own records and lists say.
    private static func contents(
        of layout: ArchiveLayout
    ) throws -> (checkpoints: [Checkpoint], records: [Range<Int>]) {
        var checkpoints: [Checkpoint] = []
        var records: [Range<Int>] = []
        var parts: [String: Range<Int>] = [:]
        var lists: [String: (range: Range<Int>, paths: [String])] = [:]
        let scanner = try VolumeScanner(layout, file: file)
        while let entry = try scanner.next() {
            let range = Int(entry.place.memberOffset)..<Int(entry.memberEnd)
            guard let text = entry.text else {
                parts[entry.path] = range
                continue
            }
            if entry.path.hasSuffix(".parts") {
                let paths = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
                lists[entry.path] = (range, paths)
                continue
            }
            records.append(range)
            for message in try GroupRecord(encoded: text, path: entry.path).messages {
                let list = lists[message.path]
                let needed = list?.paths ?? [message.path]
                let hex = message.uniqueID.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined().uppercased()
                checkpoints.append(
                    Checkpoint(
                        row: "\(message.account)|\(hex)|\(message.digest.hex.uppercased())", digest: message.digest,
                        groupEnd: range.upperBound,
                        needs: [range] + needed.map { parts[$0]! } + (list.map { [$0.range] } ?? [])))
            }
        }
        return (checkpoints, records)
    }
}
