/// Where the job writes and how: the table `[archive]`.
package struct ArchiveSettings: Sendable, Hashable {
    /// The archive's directory, absolute.
    package var path: String
    package var format: ArchiveFormat
    /// The size in bytes at which a volume is sealed and the next one begins.
    package var volumeByteLimit: UInt64
    package var compression: CompressionChoice

    package init(
        path: String, format: ArchiveFormat = .tar, volumeByteLimit: UInt64 = 1 << 30,
        compression: CompressionChoice = .balanced
    ) {
        self.path = path
        self.format = format
        self.volumeByteLimit = volumeByteLimit
        self.compression = compression
    }

    /// 1 MiB to 16 TiB.
    static let volumeByteRange: ClosedRange<UInt64> = (1 << 20)...(1 << 44)
}

/// What the archive is made of.
package enum ArchiveFormat: String, Sendable, CaseIterable {
    /// Volumes of tar with deduplicated segments.
    case tar
    /// One run of mboxrd files per account.
    case mbox
}

/// What matters more, processor time or space.
package enum CompressionChoice: String, Sendable, CaseIterable {
    case fast, balanced, small
}
