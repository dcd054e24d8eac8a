import Archive
import Foundation
import Manifest
import Platform
import Testing

/// Follows RECOVER.txt to the letter, with a shell in the archive's folder.
@Suite(.timeLimit(.minutes(5))) struct RecoverTextTests {
    @Test(
        "restores every message of an archive of volumes with tar, cat and sha256sum",
        arguments: [1 << 18, 1 << 30], [false, true])
    func volumes(volumeByteLimit: UInt64, isTorn: Bool) async throws {
        let scratch = Scratch()
        let builder = ArchiveBuilder(scratch: scratch, volumeByteLimit: volumeByteLimit)
        try await builder.run(ArchiveBuilder.sample())
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        let last = try #require(try ArchiveFolder.volumeNumbers(builder.layout).last)
        if isTorn {
            // A crash in the middle of a further group.
            let other = ArchiveBuilder(scratch: Scratch())
            try await other.run(ArchiveBuilder.sample(seed: 30))
            let name = "archive/" + ArchiveLayout.volume(last)
            let next = try other.scratch.bytes("archive/" + ArchiveLayout.volume(1))
            try scratch.write(name, try scratch.bytes(name) + next.prefix(next.count / 3))
        }
        let steps = try RecoverySteps.read(scratch)
        #expect(steps.count == 4)
        let sealed = try VolumeChecksums.read(builder.layout)
        if !sealed.isEmpty { #expect(try scratch.shell("cd archive\n" + steps[0]).status == 0) }
        let result = try scratch.shell("cd archive\n" + steps[1...].joined() + "status=$?\nls > ../ls; exit $status")
        if !isTorn {
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.isEmpty, "\(result.output)")
        }
        for mail in (ArchiveBuilder.sample() + ArchiveBuilder.sample(seed: 9)).joined() {
            let path = ArchiveLayout.whole(account: mail.account, mail.digest)
            #expect(try scratch.bytes("archive/restored/\(path)") == mail.bytes)
        }
    }

    @Test("restores nothing, and says nothing, where there is no mail", arguments: ArchiveFormat.allCases)
    func empty(format: ArchiveFormat) async throws {
        let scratch = Scratch()
        try await ArchiveBuilder(scratch: scratch, format: format).run([])
        let result = try scratch.shell("cd archive\n" + (try RecoverySteps.read(scratch))[1...].joined())
        #expect(!result.output.contains("FAILED"))
    }

    @Test("an mbox read with zcat and unquoted by sed holds the exact bytes", arguments: [1 << 18, 1 << 30])
    func mbox(volumeByteLimit: UInt64) async throws {
        let scratch = Scratch()
        let builder = ArchiveBuilder(scratch: scratch, format: .mbox, volumeByteLimit: volumeByteLimit)
        try await builder.run(ArchiveBuilder.sample())
        try await builder.run(ArchiveBuilder.sample(seed: 9))
        let mails = (ArchiveBuilder.sample() + ArchiveBuilder.sample(seed: 9)).joined()
        for account in Set(mails.map(\.account)) {
            let folder = FileSystem.parent(of: ArchiveLayout.mbox(account: account, 1))
            let read = try scratch.shell("cd archive && zcat \(folder)/*.mbox.gz > ../whole.mbox")
            #expect(read.status == 0, "\(read.output)")
            #expect(read.output.isEmpty, "\(read.output)")
            var seen: Set<[UInt8]> = []
            let expected = mails.filter { $0.account == account }.map(\.bytes).filter { seen.insert($0).inserted }
            #expect(try unquoted(scratch.bytes("whole.mbox")) == expected)
        }
    }

    /// The messages of an mboxrd, read as its definition says and not as the product does.
    private func unquoted(_ bytes: [UInt8]) -> [[UInt8]] {
        var messages: [[UInt8]] = []
        var lines = bytes.split(separator: 10, omittingEmptySubsequences: false)
        #expect(lines.removeLast().isEmpty, "ends with a line end")
        var previousIsEmpty = true
        for line in lines {
            if line.starts(with: "From ".utf8), previousIsEmpty || messages.isEmpty {
                messages.append([])
                previousIsEmpty = false
                continue
            }
            let marks = line.prefix { $0 == UInt8(ascii: ">") }
            let isQuoted = !marks.isEmpty && line.dropFirst(marks.count).starts(with: "From ".utf8)
            messages[messages.count - 1] += (isQuoted ? line.dropFirst() : line) + [10]
            previousIsEmpty = line.isEmpty
        }
        return messages.map { Array($0.dropLast()) }
    }
}
