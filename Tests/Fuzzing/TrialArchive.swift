import Archive
import Catalog
import Foundation
import Mail
import Platform
import Retrieval

/// An archive that is damaged, opened and thrown away for each input. In memory where the machine has such a folder.
struct TrialArchive {
    let layout: ArchiveLayout

    init() {
        var template = Array("\(getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp")/trial.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("no folder for a trial archive: set TMPDIR") }
        layout = ArchiveLayout(root: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// Lays the archive anew: these files, relative to its root, and no others.
    func lay(_ files: [String: [UInt8]]) throws {
        for folder in ["volumes", "mbox"] { try? FileSystem.removeTree(layout.path(folder)) }
        for suffix in ["", "-wal", "-shm", ".new", ".new-wal", ".new-shm"] {
            try FileSystem.remove(layout.catalog + suffix)
        }
        for (name, bytes) in files {
            try FileSystem.makeDirectories(FileSystem.parent(of: layout.path(name)))
            let file = try File(layout.path(name), .readWrite)
            try bytes.withUnsafeBytes { try file.write($0, at: 0) }
        }
    }

    /// Whether every message that the catalogue names comes back with the bytes of its digest.
    func isSound(except ignored: Set<Digest> = []) throws -> Bool {
        let reader = try ArchiveReader(layout)
        for digest in try reader.catalog.allDigests() where !ignored.contains(digest) {
            do { try reader.read(digest) { _ in } } catch {
                print("message \(digest): \(error)")
                return false
            }
        }
        return true
    }

    /// The files of an archive, by path relative to its root.
    static func files(of layout: ArchiveLayout, _ folder: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        let names = FileManager.default.enumerator(atPath: layout.path(folder))?.compactMap { $0 as? String } ?? []
        for name in names where name.hasSuffix(".gz") {
            let path = "\(folder)/\(name)"
            files[path] = try FileSystem.contents(of: layout.path(path), byteLimit: 1 << 30)
        }
        return files
    }

    /// Waits for what only tasks can do.
    static func wait<Result: Sendable>(for body: @escaping @Sendable () async throws -> Result) throws -> Result {
        let answer = Monitor<Swift.Result<Result, any Error>?>(nil)
        Task.detached {
            do {
                let value = try await body()
                answer.update { $0 = .success(value) }
            } catch { answer.update { $0 = .failure(error) } }
        }
        return try answer.wait { $0 }.get()
    }
}
