import Glibc

/// The files a manifest speaks of, and how to reach them. Tests put their own in its place.
package struct ManifestFiles: Sendable {
    /// What is known of a file without opening it.
    package struct Status: Sendable {
        /// A plain file, not a directory, pipe or device.
        package var isRegular: Bool
        package var isDirectory: Bool
        /// This process may read it.
        package var isReadable: Bool
        /// The permission bits, for example 0o600.
        package var mode: UInt32

        package init(isRegular: Bool = true, isDirectory: Bool = false, isReadable: Bool = true, mode: UInt32) {
            self.isRegular = isRegular
            self.isDirectory = isDirectory
            self.isReadable = isReadable
            self.mode = mode
        }
    }

    /// Why a file could not be read, in words.
    package struct Failure: Error, Sendable {
        package var reason: String
        package init(reason: String) { self.reason = reason }
    }

    /// The whole of a file.
    package var read: @Sendable (String) throws(Failure) -> [UInt8]
    /// `nil` where there is no such file.
    package var status: @Sendable (String) -> Status?
    /// What `~` stands for, or `nil` where nobody knows.
    package var home: String?
    /// Absolute; what relative paths of the command line start from.
    package var workingDirectory: String

    package init(
        home: String?, workingDirectory: String, read: @escaping @Sendable (String) throws(Failure) -> [UInt8],
        status: @escaping @Sendable (String) -> Status?
    ) {
        self.home = home
        self.workingDirectory = workingDirectory
        self.read = read
        self.status = status
    }

    /// The most bytes a manifest or a CSV file may have: 64 MiB.
    static let byteLimit = 64 << 20
}

extension ManifestFiles {
    /// The files of this machine, seen by this process.
    package static var system: ManifestFiles {
        let home = getenv("HOME").map { String(cString: $0) }
        let here = getcwd(nil, 0)
        defer { free(here) }
        return ManifestFiles(
            home: home?.hasPrefix("/") == true ? home : nil,
            workingDirectory: here.map { String(cString: $0) } ?? "/",
            read: { path throws(Failure) in try readWhole(path) },
            status: { path in readStatus(path) })
    }

    private static func readStatus(_ path: String) -> Status? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return Status(
            isRegular: info.st_mode & S_IFMT == S_IFREG, isDirectory: info.st_mode & S_IFMT == S_IFDIR,
            isReadable: access(path, R_OK) == 0, mode: info.st_mode & 0o7777)
    }

    /// - Throws: `Failure` with the system's reason, or for a directory or a file beyond `byteLimit`.
    private static func readWhole(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(reason: String(cString: strerror(errno)))
            }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > byteLimit { throw Failure(reason: "it is larger than \(byteLimit >> 20) MiB") }
        }
    }
}
