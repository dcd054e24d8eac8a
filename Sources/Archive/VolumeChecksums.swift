package import Mail
import Platform

/// `manifest-sha256.txt`: the digests of sealed volumes, in the form that `sha256sum -c` reads.
package enum VolumeChecksums {
    /// The digest of each sealed file, by its path relative to the root.
    /// - Throws: `ArchiveError.damaged` naming the first line that cannot be read, `FileError`.
    package static func read(_ layout: ArchiveLayout) throws -> [String: Digest] {
        let (digests, damages) = try readable(layout)
        if let damage = damages.first { throw damage }
        return digests
    }

    /// The lines that can be read, and an error for each that cannot.
    package static func readable(
        _ layout: ArchiveLayout
    ) throws -> (digests: [String: Digest], damages: [ArchiveError]) {
        guard FileSystem.exists(layout.checksums) else { return ([:], []) }
        let bytes = try FileSystem.contents(of: layout.checksums, byteLimit: 64 << 20)
        var digests: [String: Digest] = [:]
        var damages: [ArchiveError] = []
        let lines = String(decoding: bytes, as: UTF8.self).utf8.split(separator: 10, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() where !line.isEmpty {
            let path = String(decoding: line.dropFirst(66), as: UTF8.self)
            if let digest = Digest(hex: String(decoding: line.prefix(64), as: UTF8.self)),
                ArchiveLayout.isMailFile(path)
            {
                digests[path] = digest
            } else {
                damages.append(
                    ArchiveError(
                        .damaged, layout.checksums,
                        "line \(index + 1) is not `SHA256  PATH` of a file of mail: remove it, and let `sha256sum PATH` "
                            + "write a new one for a file that you know to be good"))
            }
        }
        return (digests, damages)
    }

    /// Adds a sealed file, replacing the list as a whole.
    package static func add(_ layout: ArchiveLayout, file: String, _ digest: Digest) throws {
        var all = try read(layout)
        all[file] = digest
        try replace(layout, with: all)
    }

    /// Writes the list anew.
    package static func replace(_ layout: ArchiveLayout, with digests: [String: Digest]) throws {
        let text = digests.sorted { $0.key < $1.key }.map { "\($0.value.hex)  \($0.key)\n" }.joined()
        try FileSystem.replace(layout.checksums, with: Array(text.utf8))
    }

    /// SHA-256 of a whole file.
    package static func digest(of path: String) throws -> Digest {
        let file = try File(path, .read)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var stream = DigestStream()
        var offset: UInt64 = 0
        while true {
            let count = try file.read(into: buffer, at: offset)
            stream.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            offset += UInt64(count)
            if count < buffer.count { return stream.finish() }
        }
    }
}
