import Foundation
import Testing

@testable import Archive

@Suite struct GzipMemberTests {
    /// The largest, the smallest and the hardest a member may hold.
    private static let contents: [[UInt8]] = [
        Seeded.noise(MemberSize.rawByteLimit, seed: 1), [0], Array("abc\r\n".utf8),
        [UInt8](repeating: 65, count: MemberSize.rawByteLimit), Seeded.noise(100_000, seed: 2),
    ]

    @Test("inflates with zcat and with ours, whatever the compression", arguments: Compression.allCases)
    func roundTrip(compression: Compression) throws {
        let scratch = Scratch()
        var all: [UInt8] = []
        let compressor = GzipCompressor(compression)
        for content in Self.contents {
            let member = content.withUnsafeBytes { compressor.member(of: $0) }
            #expect(member.count <= MemberSize.storedByteLimit)
            #expect(inflate(member)?.raw == content)
            #expect(inflate(member)?.stored == member.count)
            #expect(content.withUnsafeBytes { compressor.member(of: $0) } == member, "the same bytes, the same member")
            all += member
        }
        try scratch.write("all.gz", all)
        #expect(try scratch.shell("zcat all.gz > all").status == 0)
        #expect(try scratch.bytes("all") == Array(Self.contents.joined()))
    }

    @Test("what is compressed already, in base64 or not, is not compressed hard again")
    func compressedContent() {
        let noise = Seeded.noise(90_000, seed: 3)
        let lines = Data(noise).base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn])
        let fast = GzipCompressor(.fast)
        let small = GzipCompressor(.small)
        for content in [noise, Array(lines.utf8)] {
            content.withUnsafeBytes { #expect(small.member(of: $0) == fast.member(of: $0)) }
        }
        let text = Array(String(repeating: "Dear all, the minutes of the meeting are below. ", count: 2000).utf8)
        text.withUnsafeBytes { #expect(small.member(of: $0).count < fast.member(of: $0).count) }
    }

    @Test("takes no byte behind the member")
    func following() throws {
        let member = member(of: "one")
        #expect(inflate(member + member)?.stored == member.count)
        #expect(inflate(member + [1, 2, 3])?.raw == Array("one".utf8))
    }

    @Test("refuses a member that is cut off anywhere or changed in any byte", arguments: Compression.allCases)
    func damage(compression: Compression) {
        let content = Array("From: ann@example.org\r\nSubject: ten\r\n\r\nten times ten times ten\r\n".utf8)
        let compressor = GzipCompressor(compression)
        let member = content.withUnsafeBytes { compressor.member(of: $0) }
        for count in 0..<member.count { #expect(inflate(Array(member.prefix(count))) == nil, "the first \(count)") }
        // The header's time, extra flags and system tell nothing of the content.
        for index in member.indices where !(4...9).contains(index) {
            var damaged = member
            damaged[index] ^= 0x04
            #expect(inflate(damaged)?.raw != content || inflate(damaged) == nil, "byte \(index)")
        }
    }

    @Test("refuses what inflates to more than a member may hold")
    func tooLarge() throws {
        let scratch = Scratch()
        #expect(try scratch.shell("head -c 262145 /dev/zero | gzip -n > big.gz").status == 0)
        #expect(inflate(try scratch.bytes("big.gz")) == nil)
    }

    private func member(of text: String) -> [UInt8] {
        let compressor = GzipCompressor(.fast)
        return Array(text.utf8).withUnsafeBytes { compressor.member(of: $0) }
    }

    private struct Inflated: Equatable {
        var raw: [UInt8]
        var stored: Int
    }

    private func inflate(_ stored: [UInt8]) -> Inflated? {
        let decompressor = GzipDecompressor()
        var raw = [UInt8](repeating: 0, count: MemberSize.rawByteLimit)
        let counts = stored.withUnsafeBytes { stored in
            raw.withUnsafeMutableBytes { decompressor.inflate(stored, into: $0) }
        }
        return counts.map { Inflated(raw: Array(raw.prefix($0.rawByteCount)), stored: $0.storedByteCount) }
    }
}
