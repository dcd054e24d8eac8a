/// `[archive]` and `[job]`.
extension ManifestChecker {
    /// `nil` where the path is missing or wrong.
    mutating func readArchive(_ table: TableNode) -> ArchiveSettings? {
        var settings = ArchiveSettings(path: "")
        for entry in table.entries {
            guard let key = ManifestKeys.Archive(rawValue: entry.key) else {
                unknown(entry, source, in: .archive)
                continue
            }
            switch key {
            case .path: settings.path = path(entry, source)?.value ?? ""
            case .format: settings.format = choice(entry, source, of: ArchiveFormat.self)?.value ?? .tar
            case .volumeBytes:
                let bytes = byteCount(entry, source, in: ArchiveSettings.volumeByteRange, "from 1 MiB to 16 TiB")
                settings.volumeByteLimit = bytes?.value ?? settings.volumeByteLimit
            case .compression:
                settings.compression = choice(entry, source, of: CompressionChoice.self)?.value ?? .balanced
            }
        }
        if table[ManifestKeys.Archive.path.rawValue] == nil, !isIncomplete {
            complaints.error(source, table.span, "[archive] has no path", remedy: "add path = \"DIRECTORY\"")
        }
        return settings.path.isEmpty ? nil : settings
    }

    mutating func readJob(_ table: TableNode?) -> JobSettings {
        var settings = JobSettings()
        for entry in table?.entries ?? [] {
            switch ManifestKeys.Job(rawValue: entry.key) {
            case .parallel?:
                settings.parallel = integer(entry, source, in: JobSettings.range)?.value ?? settings.parallel
            case .parallelPerHost?:
                let value = integer(entry, source, in: JobSettings.range)?.value
                settings.parallelPerHost = value ?? settings.parallelPerHost
            case .retries?:
                settings.retries = integer(entry, source, in: JobSettings.retryRange)?.value ?? settings.retries
            case .retryDelay?: settings.retryDelay = duration(entry, source)?.value ?? settings.retryDelay
            case .loginInterval?: settings.loginInterval = duration(entry, source)?.value ?? settings.loginInterval
            case .memory?:
                settings.memoryByteLimit =
                    byteCount(entry, source, in: JobSettings.memoryByteRange, "from 48 MiB to 1 TiB")?.value
            case nil: unknown(entry, source, in: .job)
            }
        }
        return settings
    }
}
