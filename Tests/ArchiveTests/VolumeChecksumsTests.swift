import Archive
import Mail
import Platform
import Testing

@Suite struct VolumeChecksumsTests {
    @Test("writes a list that sha256sum checks, and that comes back")
    func sha256sum() throws {
        let scratch = Scratch()
        let layout = scratch.layout
        #expect(try VolumeChecksums.read(layout).isEmpty)
        let files: [String: [UInt8]] = [
            ArchiveLayout.volume(2): Seeded.noise(3 << 20, seed: 1), ArchiveLayout.volume(1): [],
            ArchiveLayout.mbox(account: "a b/é", 1): Array("x".utf8),
            ArchiveLayout.volume(10): Seeded.noise(1 << 20, seed: 2),
        ]
        var expected: [String: Digest] = [:]
        for (path, bytes) in files {
            try scratch.write("archive/\(path)", bytes)
            let digest = try VolumeChecksums.digest(of: layout.path(path))
            #expect(digest == bytes.withUnsafeBytes { Digest.of($0) })
            expected[path] = digest
            try VolumeChecksums.add(layout, file: path, digest)
        }
        #expect(try VolumeChecksums.read(layout) == expected)
        let check = try scratch.shell("cd archive && sha256sum --strict -c manifest-sha256.txt")
        #expect(check.status == 0)
        #expect(check.output.split(separator: "\n").count == files.count)
        #expect(check.output.split(separator: "\n").allSatisfy { $0.hasSuffix(": OK") })
    }

    @Test(
        "names the line that is none, and the remedy",
        arguments: ["x", String(repeating: "z", count: 70), "\n\nabc  d"])
    func damaged(text: String) throws {
        let scratch = Scratch()
        try scratch.write("archive/manifest-sha256.txt", Array(text.utf8))
        let error = #expect(throws: ArchiveError.self) { _ = try VolumeChecksums.read(scratch.layout) }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("line") == true)
        #expect(error?.description.contains("sha256sum") == true, "the remedy")
    }
}
