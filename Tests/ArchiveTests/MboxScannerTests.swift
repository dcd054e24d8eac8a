import Mail
import Platform
import Testing

@testable import Archive

@Suite struct MboxScannerTests {
    private static let file = ArchiveLayout.mbox(account: "ann", 1)

    /// Small and empty ones, ones that look like From_ lines, and ones that take several members.
    private static let messages: [[UInt8]] = [
        Array("Subject: a\r\n\r\nFrom here\r\n>From there\r\n>>From\r\n".utf8), [],
        ArchiveBytes.lines(400_000, seed: 1), Array("\r\n".utf8), Array("From \r\n\r\nFrom x\r\n\r\n".utf8),
        ArchiveBytes.lines(262_144 - 60, seed: 2), ArchiveBytes.lines(3000, seed: 3),
        ArchiveBytes.lines(200_000, seed: 4),
    ]

    private struct Written {
        let scratch: Scratch
        let places: [Place]
        let bytes: [UInt8]
    }

    /// An mbox with a commit point behind every few messages.
    private func write(every count: Int) throws -> Written {
        let scratch = Scratch()
        try ArchiveFolder.prepare(scratch.layout)
        let pool = CompressionPool(.fast, workerCount: 1)
        defer { pool.stop() }
        let writer = try MboxWriter(scratch.layout, account: "ann", number: 1, committedLength: 0, pool: pool)
        let budget = MemoryBudget(byteLimit: 64 << 20)
        var handles: [MboxWriter.Handle] = []
        for (index, bytes) in Self.messages.enumerated() {
            handles.append(try writer.add(try MessageReceiverTests.receive(bytes, scratch.path, budget), time: 0))
            if (index + 1) % count == 0 { try writer.flush() }
        }
        try writer.flush()
        return Written(
            scratch: scratch, places: handles.map(writer.place), bytes: try scratch.bytes("archive/\(Self.file)"))
    }

    private func scan(_ scratch: Scratch, to length: UInt64? = nil) throws -> (mails: [ScannedMail], isWhole: Bool) {
        var mails: [ScannedMail] = []
        let isWhole = try MboxScanner.walk(scratch.layout, file: Self.file, to: length) { mails.append($0) }
        return (mails, isWhole)
    }

    @Test("finds every message where it was written", arguments: [1, 2, 3, 100])
    func whole(every: Int) throws {
        let written = try write(every: every)
        let (mails, isWhole) = try scan(written.scratch)
        #expect(isWhole)
        #expect(mails.map(\.digest) == Self.messages.map { $0.withUnsafeBytes { Digest.of($0) } })
        #expect(mails.map(\.place) == written.places)
    }

    @Test("gives whole messages only of a file that is cut off anywhere")
    func cutOff() throws {
        let written = try write(every: 2)
        let known = Set(Self.messages.map { $0.withUnsafeBytes { Digest.of($0) } })
        var random = Seeded(4)
        let ends = Set(written.places.map { Int($0.memberOffset) })
        for cut in ends.union((0..<60).map { _ in Int.random(in: 0..<written.bytes.count, using: &random) }) {
            try written.scratch.write("archive/\(Self.file)", Array(written.bytes.prefix(cut)))
            let (mails, isWhole) = try scan(written.scratch)
            #expect(known.isSuperset(of: mails.map(\.digest)), "cut at \(cut)")
            // Messages whose members are all there, and the next From_ line or the end of a group.
            let sure = written.places.count { Int($0.memberOffset) < cut }
            #expect(mails.count <= sure && mails.count + 3 >= sure, "cut at \(cut)")
            if isWhole, !mails.isEmpty { #expect(ends.contains(cut), "cut at \(cut)") }
        }
    }

    @Test("goes on behind damage, and gives nothing that is not as it was")
    func damaged() throws {
        let written = try write(every: 1)
        let digests = Self.messages.map { $0.withUnsafeBytes { Digest.of($0) } }
        for (index, place) in written.places.enumerated() {
            var bytes = written.bytes
            bytes[Int(place.memberOffset) + 30] ^= 0x55
            try written.scratch.write("archive/\(Self.file)", bytes)
            let (mails, isWhole) = try scan(written.scratch)
            #expect(!isWhole)
            var expected = digests
            expected.remove(at: index)
            #expect(mails.map(\.digest) == expected, "message \(index)")
        }
    }
}

/// Content for tests.
private enum ArchiveBytes {
    /// Lines of letters, CRLF at their ends.
    static func lines(_ count: Int, seed: UInt64) -> [UInt8] {
        var bytes = Seeded.noise(count, seed: seed).map { UInt8(ascii: "a") + $0 % 26 }
        for index in stride(from: 77, to: count, by: 78) { (bytes[index - 1], bytes[index]) = (13, 10) }
        (bytes[count - 2], bytes[count - 1]) = (13, 10)
        return bytes
    }
}
