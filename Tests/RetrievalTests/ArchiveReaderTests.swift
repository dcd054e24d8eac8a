import Archive
import Mail
import Manifest
import Retrieval
import Testing

@Suite struct ArchiveReaderTests {
    @Test("gives every message back, also in pieces and with a limit", arguments: ArchiveFormat.allCases)
    func reads(format: ArchiveFormat) async throws {
        let builder = ArchiveBuilder(scratch: Scratch(), format: format)
        try await builder.run(ArchiveBuilder.sample(scale: 3))
        let reader = try ArchiveReader(builder.layout)
        for mail in ArchiveBuilder.sample(scale: 3).joined() {
            #expect(try reader.contents(of: mail.digest) == mail.bytes)
            guard !mail.bytes.isEmpty else { continue }
            let error = #expect(throws: ArchiveError.self) {
                try reader.contents(of: mail.digest, byteLimit: mail.bytes.count - 1)
            }
            #expect(error?.code == .library)
        }
    }

    @Test("says that it has no such message")
    func unknown() async throws {
        let builder = ArchiveBuilder(scratch: Scratch())
        try await builder.run(ArchiveBuilder.sample())
        let digest = [UInt8](repeating: 0, count: 5).withUnsafeBytes { Digest.of($0) }
        let error = #expect(throws: ArchiveError.self) { try ArchiveReader(builder.layout).contents(of: digest) }
        #expect(error?.code == .missing)
    }
}
