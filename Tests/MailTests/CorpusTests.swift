import Foundation
import Mail
import Testing

/// Real mail in the folder that MAILCASK_CORPUS names. It is not part of the project, so these tests skip without it.
@Suite struct CorpusTests {
    /// Files that are mail as far as their place tells, in a fixed order.
    static let files: [URL] = {
        guard let folder = ProcessInfo.processInfo.environment["MAILCASK_CORPUS"] else { return [] }
        let all = FileManager.default.enumerator(
            at: URL(filePath: folder), includingPropertiesForKeys: [.isRegularFileKey])
        return (all?.compactMap { $0 as? URL } ?? [])
            .filter { (try? $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
            .sorted { $0.path < $1.path }
    }()

    @Test(
        "reads real mail: exact cuts whatever the chunks, facts and text without control characters",
        .enabled(if: !files.isEmpty, "MAILCASK_CORPUS names no real mail"))
    func realMail() throws {
        for file in Self.files {
            let original = try [UInt8](Data(contentsOf: file))
            for bytes in [original, Self.transmitted(original)] {
                let whole = Cutting.whole(bytes)
                #expect(whole.reduce(0, +) == UInt64(bytes.count), "\(file.path)")
                #expect(!whole.contains(0) && whole.count <= 256, "\(file.path)")
                for seed in 0..<UInt64(3) {
                    #expect(Cutting.random(bytes, seed: seed) == whole, "\(file.path), seed \(seed)")
                }
                ReadableMessageTests.expectSafe(ReadableMessageTests.read(bytes), file.path)
                let facts = bytes.withUnsafeBytes(HeaderFacts.init(headerBytes:))
                for text in [facts.from, facts.to, facts.cc, facts.subject, facts.messageID] {
                    #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(file.path)")
                    #expect(!text.hasPrefix(" ") && !text.hasSuffix(" ") && !text.contains("  "), "\(file.path)")
                }
            }
        }
    }

    /// The message as POP3 sends it: every line ends in CRLF.
    private static func transmitted(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count + bytes.count / 16)
        for byte in bytes {
            if byte == UInt8(ascii: "\n"), result.last != UInt8(ascii: "\r") { result.append(UInt8(ascii: "\r")) }
            result.append(byte)
        }
        return result
    }
}
