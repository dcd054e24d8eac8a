import Catalog
import Foundation
import Mail
import Manifest
import Platform
import Retrieval
import Testing

@testable import Archive
@testable import Drain

/// An archive that a test repacks: several sealed volumes, and an open one.
struct RepackBench {
    let archive: RepairBench

    var scratch: Scratch { archive.scratch }
    var layout: ArchiveLayout { archive.layout }

    init() async throws {
        archive = try await RepairBench(.tar, volumeByteLimit: 1 << 17)
        let files = try Catalog(layout, .read).files()
        try #require(files.values.count { $0.isSealed } >= 2)
        try putAside()
    }

    /// Lets every trial begin with the archive as it is.
    func putAside() throws { #expect(try scratch.shell("rm -rf fresh && cp -a archive fresh").status == 0) }

    func reset() throws { #expect(try scratch.shell("rm -rf archive && cp -a fresh archive").status == 0) }

    @discardableResult
    func repack(
        _ compression: Compression, workerCount: Int = 2, stop: StopControl = StopControl(),
        progress: (String) -> Void = { _ in }
    ) throws -> Repack.Outcome {
        try Repack(layout, compression, stop: stop, workerCount: workerCount).run(progress: progress)
    }

    var sealed: [String] {
        get throws { try Catalog(layout, .read).files().values.filter(\.isSealed).map(\.path).sorted() }
    }

    /// The SHA-256 of what each volume inflates to.
    func streams() throws -> [String] {
        let each = "for v in volumes/*.tar.gz; do echo $v $(zcat $v | sha256sum); done"
        return try scratch.shell("cd archive && \(each)").output.split(separator: "\n").map(String.init)
    }

    /// How the members of a volume are marked, in their order.
    func marks(of file: String) throws -> [MemberMark] {
        let volume = try File(layout.path(file), .read)
        var marks: [MemberMark] = []
        try MemberChain.walk(layout.path(file)) { _, stored in
            marks.append(try #require(try MemberMark(in: volume, at: stored.lowerBound)))
        }
        return marks
    }

    /// The SHA-256 that each sealed volume has when all its members get the tag 0.
    func untaggedDigests() throws -> [Digest] {
        try sealed.map { file in
            let bytes = try scratch.bytes("archive/\(file)")
            var untagged: [UInt8] = []
            var marks = try marks(of: file)[...]
            try MemberChain.walk(layout.path(file)) { _, stored in
                var member = Array(bytes[Int(stored.lowerBound)..<Int(stored.upperBound)])
                MemberMark(start: marks.removeFirst().start).put(into: &member)
                untagged += member
            }
            return untagged.withUnsafeBytes { Digest.of($0) }
        }
    }

    /// What the catalogue says, without the places of segments and the lengths of files.
    func lastingRows() throws -> [String: [String]] {
        try archive.rows().filter { $0.key != "segments" && $0.key != "files" }
    }

    /// Files of an unfinished repack.
    func leftovers() throws -> [String] {
        let volumes = try FileSystem.names(in: layout.volumes).filter { !$0.hasSuffix(".tar.gz") }
        return volumes + (try FileSystem.names(in: layout.root).filter { $0.contains("repack") })
    }

    /// That all messages come back, for plain tools, verification and a new catalogue too.
    func expectSound(_ location: Testing.SourceLocation = #_sourceLocation) async throws {
        #expect(try leftovers().isEmpty, sourceLocation: location)
        #expect(try archive.readable() == archive.all, sourceLocation: location)
        try await archive.expectSound(holding: archive.all, location: location)
    }
}
