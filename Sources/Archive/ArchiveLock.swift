import Platform

/// The right to write an archive, held by one process at a time and given back when it ends, however it ends.
///
/// The lock itself is flock(2) on the archive's folder, which nobody removes by mistake; the file `lock` only names the
/// holder for people.
package final class ArchiveLock: Sendable {
    private let folder: File
    private let file: File
    /// The run that held the lock before and died or failed, as `pid 123, since ...`.
    package let staleHolder: String?
    /// Of this holder, as the file has it.
    private let name: String
    /// Whether that is durable.
    private let isSynced: Bool
    /// What the file says when the lock is given back.
    private let farewell: Lock<String>

    /// - Throws: `ArchiveError.locked` naming the holder, `FileError`.
    package init(_ layout: ArchiveLayout) throws {
        let folder = try File(layout.root, .read)
        let isNew = !FileSystem.exists(layout.lock)
        let file = try File(layout.lock, .readWrite)
        let holder = try Self.text(of: file)
        guard try folder.lockExclusively() else {
            throw ArchiveError(
                .locked, layout.root,
                "another run writes this archive (\(holder.isEmpty ? "not yet named" : holder)): "
                    + "wait for it or stop it")
        }
        staleHolder = holder.isEmpty ? nil : holder
        let pid = Process.identifier
        let ticks = Process.startTicks(of: pid).map(String.init) ?? "unknown"
        name = "pid \(pid), since \(WallClock.timestamp(WallClock.now())), start time \(ticks) ticks after boot\n"
        farewell = Lock(holder.isEmpty ? "" : "\(holder)\n")
        // The folder is flushed for other names later: after a failure that would be trying again.
        if isNew { try FileSystem.syncDirectory(layout.root) }
        // The lock holds without its text, which a full disk may refuse.
        isSynced = Self.write(name, to: file)
        self.folder = folder
        self.file = file
    }

    /// Lets the file go on naming this holder when the lock is given back: it leaves something for the next one to mend.
    package func leaveName() { farewell.withLock { $0 = name } }

    /// Lets the file be empty then: what an earlier run left is mended. Until this is said, its name stays.
    package func leaveNothing() { farewell.withLock { $0 = "" } }

    deinit {
        let text = farewell.withLock { $0 }
        // A flush that failed is not tried again.
        if text != name { Self.write(text, to: file, syncing: isSynced) }
        // Closing alone would leave the lock with a child that was started at this moment.
        folder.unlock()
    }

    /// Durably, since a power cut is what the next holder must know of; and never empty in between, since so is a kill.
    /// - Returns: whether it is durable.
    @discardableResult
    private static func write(_ text: String, to file: borrowing File, syncing: Bool = true) -> Bool {
        try? Array(text.utf8).withUnsafeBytes { try file.write($0, at: 0) }
        try? file.truncate(to: UInt64(text.utf8.count))
        guard syncing else { return false }
        do { try file.sync() } catch { return false }
        return true
    }

    private static func text(of file: borrowing File) throws -> String {
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        let printable = bytes.prefix(count).filter { (0x20...0x7E).contains($0) }
        return String(decoding: printable, as: UTF8.self)
    }
}
