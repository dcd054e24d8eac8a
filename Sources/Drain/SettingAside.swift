import Archive
import Platform

/// Moves damaged files out of an archive that does not need them any more, and takes them off the list of sealed files.
struct SettingAside {
    private let layout: ArchiveLayout

    init(_ layout: ArchiveLayout) { self.layout = layout }

    /// - Parameter files: relative to the root; those that are missing are taken off the list alone.
    func run(_ files: [String]) throws {
        guard !files.isEmpty else { return }
        for file in files where FileSystem.exists(layout.path(file)) { try move(file) }
        var sealed = try VolumeChecksums.read(layout)
        let count = sealed.count
        for file in files { sealed[file] = nil }
        if sealed.count < count { try VolumeChecksums.replace(layout, with: sealed) }
    }

    private func move(_ file: String) throws {
        let first = ArchiveLayout.setAside(file)
        var target = first
        var number = 1
        while FileSystem.exists(layout.path(target)) {
            number += 1
            target = "\(first).\(number)"
        }
        let folder = FileSystem.parent(of: layout.path(target))
        try FileSystem.makeDirectories(folder)
        try FileSystem.rename(layout.path(file), to: layout.path(target))
        for name in [folder, FileSystem.parent(of: folder), layout.root, FileSystem.parent(of: layout.path(file))] {
            try FileSystem.syncDirectory(name)
        }
    }
}
