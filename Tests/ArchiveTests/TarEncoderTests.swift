import Mail
import Testing

@testable import Archive

@Suite struct TarEncoderTests {
    @Test("writes what GNU tar lists and unpacks without a word, whatever the dates")
    func gnuTar() throws {
        let scratch = Scratch()
        let digest = Array("x".utf8).withUnsafeBytes { Digest.of($0) }
        let entries: [(path: String, content: [UInt8], time: Int64)] = [
            (ArchiveLayout.part(digest), Seeded.noise(513, seed: 1), 1_700_000_000),
            (ArchiveLayout.whole(account: "ann", digest), [], 0),
            (ArchiveLayout.list(account: String(repeating: "é/..", count: 50), digest), Array("a\n".utf8), -5),
            (ArchiveLayout.record(run: "20261121T022900Z-3f9a1c", group: 1), [0, 1, 2], .max),
            ("mail/512.eml", Seeded.noise(512, seed: 2), 1),
        ]
        let encoder = try TarEncoder()
        var bytes: [UInt8] = []
        for entry in entries {
            try encoder.begin(path: entry.path, size: UInt64(entry.content.count), time: entry.time)
            try entry.content.withUnsafeBytes { try encoder.write($0) }
            try encoder.finish()
            #expect(encoder.byteCount == 512 + (entry.content.count + 511) / 512 * 512)
            bytes += encoder.take()
        }
        try scratch.write("open.tar", bytes)
        try scratch.write("closed.tar", bytes + [UInt8](repeating: 0, count: 1024))
        for name in ["open", "closed"] {
            let unpacked = try scratch.shell("rm -rf out; mkdir out; tar -xf \(name).tar -C out")
            #expect(unpacked.status == 0)
            #expect(unpacked.output.isEmpty)
            for entry in entries { #expect(try scratch.bytes("out/\(entry.path)") == entry.content) }
        }
        let listed = try scratch.shell("TZ=UTC tar -tvf closed.tar").output
        #expect(listed.contains("2023-11-14 22:13"))
        #expect(listed.contains("-rw-------"))
    }

    @Test("refuses a path that ustar cannot hold")
    func longPath() throws {
        let encoder = try TarEncoder()
        #expect(throws: ArchiveError.self) {
            try encoder.begin(path: String(repeating: "x", count: 300), size: 0, time: 0)
        }
    }
}
