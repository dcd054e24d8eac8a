import Archive
import Catalog
import Mail

/// Makes a finished file part of `manifest-sha256.txt` and of the catalogue as sealed.
///
/// The list comes first: a crash in between is mended at the next start, when the file is found in the list.
struct VolumeSealer {
    private let layout: ArchiveLayout
    private let catalog: Catalog

    init(_ layout: ArchiveLayout, _ catalog: Catalog) {
        self.layout = layout
        self.catalog = catalog
    }

    /// - Parameters:
    ///   - file: relative to the archive's root; durable.
    ///   - digest: its SHA-256.
    ///   - length: all of it, in bytes.
    func seal(_ file: String, _ digest: Digest, length: UInt64) throws {
        try VolumeChecksums.add(layout, file: file, digest)
        try catalog.commit(files: [CatalogGroup.File(path: file, length: length, state: .sealed)])
    }
}
