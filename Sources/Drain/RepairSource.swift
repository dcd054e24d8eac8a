import Archive
import Catalog
import Mail
import Platform

/// Another archive, a volume, or a message, that a repair may take good bytes from.
struct RepairSource {
    enum Kind {
        case archive(ArchiveLayout)
        case volume
        case message
    }

    let path: String
    let kind: Kind

    /// - Throws: `ArchiveError.missing`, `FileError`.
    init(_ path: String) throws {
        self.path = path
        if FileSystem.isDirectory(path) {
            let layout = ArchiveLayout(root: path)
            try ArchiveFolder.check(layout)
            kind = .archive(layout)
        } else if !FileSystem.exists(path) {
            throw ArchiveError(.missing, path, "there is no such file or archive to repair from")
        } else {
            kind = try MemberChain.beginsLikeMember(path) ? .volume : .message
        }
    }

    /// Where a copy of a file may be.
    func copy(of file: String) -> String? {
        switch kind {
        case .archive(let layout): FileSystem.exists(layout.path(file)) ? layout.path(file) : nil
        case .volume: path
        case .message: nil
        }
    }

    /// What it lists as sealed, by path relative to its root.
    func sealed() throws -> [String: Digest] {
        guard case .archive(let layout) = kind else { return [:] }
        return try VolumeChecksums.readable(layout).digests
    }

    /// The folder and the volumes in it to read.
    func volumes() throws -> (layout: ArchiveLayout, files: [String]) {
        switch kind {
        case .archive(let layout): (layout, try ArchiveFolder.volumeNumbers(layout).map(ArchiveLayout.volume))
        case .volume: (folder, [path.split(separator: "/").last.map(String.init) ?? path])
        case .message: (folder, [])
        }
    }

    private var folder: ArchiveLayout { ArchiveLayout(root: FileSystem.parent(of: path)) }
}
