import Archive
import Mail
import Platform

/// A sealed file that is put back whole, in the place of what is left of it.
struct SealedCopy {
    private let layout: ArchiveLayout
    private let file: String
    private let digest: Digest

    /// - Parameter digest: under which the file was sealed.
    init(_ layout: ArchiveLayout, _ file: String, _ digest: Digest) {
        self.layout = layout
        self.file = file
        self.digest = digest
    }

    /// Copies, compares what was copied, and only then gives it the name.
    func put(from copy: String) throws {
        let path = layout.path(file)
        let temporary = path + ".new"
        try FileSystem.makeDirectories(FileSystem.parent(of: path))
        try FileSystem.remove(temporary)
        try FileSystem.copy(copy, to: temporary)
        guard try VolumeChecksums.digest(of: temporary) == digest else {
            throw ArchiveError(.damaged, copy, "it changed while it was copied")
        }
        let written = try File(temporary, .readWrite)
        try written.sync()
        try written.makeReadOnly()
        try FileSystem.rename(temporary, to: path)
        try FileSystem.syncDirectory(FileSystem.parent(of: path))
    }
}
