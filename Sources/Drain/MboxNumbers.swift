import Archive
import Platform

/// The numbers that mbox files have or had: none is used twice, whatever became of its file.
struct MboxNumbers {
    private let layout: ArchiveLayout
    /// The highest number that `manifest-sha256.txt` lists, by folder.
    private let listed: [String: Int]

    init(_ layout: ArchiveLayout) throws {
        self.layout = layout
        var listed: [String: Int] = [:]
        for file in try VolumeChecksums.readable(layout).digests.keys {
            guard let number = ArchiveLayout.mboxNumber(ofPath: file) else { continue }
            listed[FileSystem.parent(of: file), default: 0] = max(number, listed[FileSystem.parent(of: file)] ?? 0)
        }
        self.listed = listed
    }

    /// The highest number of an account, on the disk, in the list, or among the files that are known; 0 for none.
    func highest(of account: String, _ known: some Sequence<String>) throws -> Int {
        let folder = FileSystem.parent(of: ArchiveLayout.mbox(account: account, 1))
        let names = FileSystem.isDirectory(layout.path(folder)) ? try FileSystem.names(in: layout.path(folder)) : []
        let numbers = (names.map { "\(folder)/\($0)" } + known).compactMap(ArchiveLayout.mboxNumber(ofPath:))
        return max(numbers.max() ?? 0, listed[folder] ?? 0)
    }
}
