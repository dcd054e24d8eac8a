import Archive
import Foundation
import Platform
import Testing

@Suite struct ArchiveLockTests {
    private func archive(_ scratch: Scratch) throws -> ArchiveLayout {
        try ArchiveFolder.prepare(scratch.layout)
        return scratch.layout
    }

    @Test("refuses a second writer and names the first")
    func second() throws {
        let scratch = Scratch()
        let layout = try archive(scratch)
        let lock = try ArchiveLock(layout)
        let error = #expect(throws: ArchiveError.self) { _ = try ArchiveLock(layout) }
        #expect(error?.code == .locked)
        #expect(error?.description.contains("pid \(getpid()), since ") == true)
        #expect(error?.description.contains("wait for it or stop it") == true)
        withExtendedLifetime(lock) {}
    }

    @Test("is free again when its holder lets go")
    func released() throws {
        let scratch = Scratch()
        let layout = try archive(scratch)
        do { withExtendedLifetime(try ArchiveLock(layout)) {} }
        #expect(try ArchiveLock(layout).staleHolder == nil)
    }

    @Test("tells of a holder that died without letting go")
    func stale() throws {
        let scratch = Scratch()
        let layout = try archive(scratch)
        try scratch.write("archive/lock", Array("pid 4711, since 2026-11-21T02:29:00Z, start time 5\n".utf8))
        let lock = try ArchiveLock(layout)
        #expect(lock.staleHolder == "pid 4711, since 2026-11-21T02:29:00Z, start time 5")
        #expect(try String(decoding: scratch.bytes("archive/lock"), as: UTF8.self).contains("pid \(getpid()),"))
    }

    @Test("is refused while another process holds it, and free when that was killed")
    func otherProcess() throws {
        let scratch = Scratch()
        let layout = try archive(scratch)
        let holder = Foundation.Process()
        holder.executableURL = URL(filePath: "/usr/bin/flock")
        holder.arguments = [
            "--no-fork", layout.root, "sh", "-c",
            "echo pid $$, since then > '\(layout.lock)'; touch '\(scratch.path)/held'; exec sleep 100",
        ]
        try holder.run()
        for _ in 0..<1000 where !FileSystem.exists("\(scratch.path)/held") { usleep(10_000) }
        let error = #expect(throws: ArchiveError.self) { _ = try ArchiveLock(layout) }
        #expect(error?.code == .locked)
        #expect(error?.description.contains("pid \(holder.processIdentifier), since then") == true)
        kill(holder.processIdentifier, SIGKILL)
        holder.waitUntilExit()
        #expect(try ArchiveLock(layout).staleHolder == "pid \(holder.processIdentifier), since then")
    }
}
