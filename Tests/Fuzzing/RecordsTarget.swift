import Catalog
import Drain
import Mail
import Manifest
import Platform

@testable import Archive

/// A record is read or refused, whatever it says, and a catalogue made with it tells no message that does not come back
/// with the bytes of its digest.
///
/// The input stands for the record of an archive with volumes and an mbox, behind all their mail.
struct RecordsTarget {
    static let shared = try! RecordsTarget()

    private let trial = TrialArchive()
    /// Mail without its record: the volume up to it, and the mbox files.
    private let volume: [UInt8]
    private let mail: [String: [UInt8]]
    /// The records that were there: what the fuzzer begins with.
    let records: [[UInt8]]

    private init() throws {
        let group = Array(ArchiveBuilder.sample().joined())
        let tar = ArchiveBuilder(scratch: Scratch())
        let mbox = ArchiveBuilder(scratch: Scratch(), format: .mbox)
        _ = try TrialArchive.wait { try await tar.run([group]) }
        _ = try TrialArchive.wait { try await mbox.run([group]) }
        mail = try TrialArchive.files(of: mbox.layout, "mbox")
        let (start, record) = try Self.firstRecord(tar.layout)
        volume = Array(try tar.scratch.bytes("archive/\(ArchiveLayout.volume(1))").prefix(start))
        records = [record, try Self.firstRecord(mbox.layout).text]
    }

    func check(_ input: [UInt8]) {
        do {
            checkText(input)
            let name = ArchiveLayout.volume(1)
            try trial.lay(mail.merging([name: volume + (try Self.member(ofRecord: input))]) { first, _ in first })
            _ = try Reindex(trial.layout).run { _ in }
            holds(try trial.isSound(), "every message that is told comes back")
        } catch {
            // A later mailcask's archive is left alone.
            if case .newerFormat = (error as? ArchiveError)?.code { return }
            fatalError("a strange record is no reason to give up: \(error)")
        }
    }

    /// What can be read is written and read the same.
    private func checkText(_ text: [UInt8]) {
        guard let record = try? GroupRecord(encoded: text, path: "record") else { return }
        holds(try! GroupRecord(encoded: record.encoded(), path: "record") == record, "a record comes back")
    }

    private static func member(ofRecord text: [UInt8]) throws -> [UInt8] {
        let encoder = try TarEncoder()
        try encoder.begin(path: ArchiveLayout.record(run: "fuzz", group: 1), size: UInt64(text.count), time: 0)
        try text.withUnsafeBytes { try encoder.write($0) }
        try encoder.finish()
        let compressor = GzipCompressor(.fast)
        return encoder.take().withUnsafeBytes { compressor.member(of: $0) }
    }

    private static func firstRecord(_ layout: ArchiveLayout) throws -> (start: Int, text: [UInt8]) {
        let scanner = try VolumeScanner(layout, file: ArchiveLayout.volume(1))
        while let entry = try scanner.next() {
            if entry.path.hasPrefix("runs/"), let text = entry.text { return (Int(entry.place.memberOffset), text) }
        }
        fatalError("the volume has no record")
    }
}
