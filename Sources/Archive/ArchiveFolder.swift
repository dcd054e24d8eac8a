import Platform

/// The folder of an archive: made, recognised, and its format checked.
package enum ArchiveFolder {
    /// Makes the folder and what always stands in it, or checks that what is there can be written by this version.
    package static func prepare(_ layout: ArchiveLayout) throws {
        try FileSystem.makeDirectories(layout.volumes)
        if FileSystem.exists(layout.recoverText) {
            try checkFormat(layout)
        } else {
            // The text comes last: where it is, the names of the folders are durable.
            try FileSystem.syncNames(of: layout.volumes)
            try FileSystem.replace(layout.recoverText, with: Array(RecoverText.text.utf8))
        }
    }

    /// Checks that a folder is an archive, or may become one: it is new, empty, or has what an archive has.
    package static func checkIsOurs(_ layout: ArchiveLayout) throws {
        guard FileSystem.exists(layout.root), !FileSystem.exists(layout.recoverText),
            !FileSystem.exists(layout.volumes)
        else { return }
        let names = try FileSystem.names(in: layout.root).filter { $0 != "lock" && $0 != "RECOVER.txt.new" }
        guard names.isEmpty else {
            throw ArchiveError(
                .otherFormat, layout.root,
                "this folder holds other things (\(names[0])) and is no archive: set `path` to a new folder")
        }
    }

    /// Whether there is an archive at all.
    package static func exists(_ layout: ArchiveLayout) -> Bool { FileSystem.exists(layout.volumes) }

    /// Checks that there is an archive to read.
    /// - Throws: `ArchiveError.missing`, `ArchiveError.newerFormat`.
    package static func check(_ layout: ArchiveLayout) throws {
        guard FileSystem.exists(layout.volumes) else {
            throw ArchiveError(.missing, layout.root, "this is not an archive: it has no folder `volumes`")
        }
        try checkFormat(layout)
    }

    /// The numbers of the volumes that are there, ascending.
    package static func volumeNumbers(_ layout: ArchiveLayout) throws -> [Int] {
        try FileSystem.names(in: layout.volumes).compactMap(ArchiveLayout.volumeNumber(ofName:)).sorted()
    }

    /// The first line of `RECOVER.txt` ends with the format's number.
    private static func checkFormat(_ layout: ArchiveLayout) throws {
        guard FileSystem.exists(layout.recoverText) else { return }
        let bytes = try FileSystem.contents(of: layout.recoverText, byteLimit: 1 << 20)
        let line = bytes.prefix { $0 != 10 }
        let digits = line.split(separator: UInt8(ascii: " ")).last?.filter { (0x30...0x39).contains($0) } ?? []
        guard let found = Int(String(decoding: digits, as: UTF8.self)) else { return }
        guard found <= ArchiveLayout.formatVersion else {
            throw ArchiveError(
                .newerFormat(found: found), layout.root,
                "this archive has format \(found), this mailcask knows up to \(ArchiveLayout.formatVersion): update it")
        }
    }
}
