import Glibc

/// What is done to folders and names rather than to an open file.
package enum FileSystem {
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether this process may write to it.
    package static func isWritable(_ path: String) -> Bool { access(path, W_OK) == 0 }

    /// The path without symbolic links and dots; as it was where it cannot be told.
    package static func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// A new folder of our own under `TMPDIR`, or `/tmp`.
    package static func makeTemporaryDirectory() throws(FileError) -> String {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(base)/mailcask.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw FileError(call: .makeDirectory, path: base, errorNumber: errno)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes a folder and the files in it.
    package static func removeTree(_ directory: String) throws(FileError) {
        for name in try names(in: directory) { try remove("\(directory)/\(name)") }
        guard rmdir(directory) == 0 else { throw FileError(call: .remove, path: directory, errorNumber: errno) }
    }

    /// Copies a file to a new one.
    package static func copy(_ source: String, to target: String) throws(FileError) {
        let input = try File(source, .read)
        let output = try File(target, .create)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { buffer.deallocate() }
        var offset: UInt64 = 0
        while true {
            let count = try input.read(into: buffer, at: offset)
            try output.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: offset)
            offset += UInt64(count)
            if count < buffer.count { return }
        }
    }

    /// Makes `path` and the folders above it, with permissions 0700. Folders that exist are left as they are.
    package static func makeDirectories(_ path: String) throws(FileError) {
        if let fault = FaultInjection.fault(.makeDirectory, path) {
            throw FileError(call: .makeDirectory, path: path, errorNumber: fault)
        }
        if mkdir(path, 0o700) == 0 { return }
        if errno == EEXIST {
            guard isDirectory(path) else {
                throw FileError(call: .makeDirectory, path: path, errorNumber: ENOTDIR)
            }
            return
        }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw FileError(call: .makeDirectory, path: path, errorNumber: errno)
        }
        try makeDirectories(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw FileError(call: .makeDirectory, path: path, errorNumber: errno)
        }
    }

    /// The names in a folder, sorted, without `.` and `..`.
    package static func names(in directory: String) throws(FileError) -> [String] {
        guard let handle = opendir(directory) else {
            throw FileError(call: .read, path: directory, errorNumber: errno)
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package static func remove(_ path: String) throws(FileError) {
        if let fault = FaultInjection.fault(.remove, path) {
            throw FileError(call: .remove, path: path, errorNumber: fault)
        }
        guard unlink(path) == 0 || errno == ENOENT else {
            throw FileError(call: .remove, path: path, errorNumber: errno)
        }
    }

    package static func rename(_ old: String, to new: String) throws(FileError) {
        if let fault = FaultInjection.fault(.rename, new) {
            throw FileError(call: .rename, path: new, errorNumber: fault)
        }
        guard Glibc.rename(old, new) == 0 else { throw FileError(call: .rename, path: new, errorNumber: errno) }
    }

    /// Makes names made, renamed or removed in a folder durable.
    package static func syncDirectory(_ path: String) throws(FileError) {
        if let fault = FaultInjection.fault(.sync, path) {
            throw FileError(call: .sync, path: path, errorNumber: fault)
        }
        let descriptor = retryingInterrupts { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError(call: .open, path: path, errorNumber: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError(call: .sync, path: path, errorNumber: errno) }
    }

    /// Makes the name of a folder durable, and the names of those above it, which may be new as well.
    package static func syncNames(of path: String) throws(FileError) {
        var folder = realPath(path)
        while folder != "/" {
            folder = parent(of: folder)
            do { try syncDirectory(folder) } catch {
                // Folders that are not ours need not let us.
                guard [EACCES, EPERM, EINVAL].contains(error.errorNumber) else { throw error }
            }
        }
    }

    /// The whole of a small file.
    /// - Throws: `FileError` with `EFBIG` beyond `byteLimit`.
    package static func contents(of path: String, byteLimit: Int) throws(FileError) -> [UInt8] {
        let file = try File(path, .read)
        let length = Int(try file.length())
        guard length <= byteLimit else { throw FileError(call: .read, path: path, errorNumber: EFBIG) }
        var bytes = [UInt8](repeating: 0, count: length)
        var count = 0
        var failure: FileError?
        bytes.withUnsafeMutableBytes { buffer in
            do throws(FileError) { count = try file.read(into: buffer, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
        bytes.removeLast(length - count)
        return bytes
    }

    /// Replaces a file so that after a crash it holds either the old bytes or the new ones, never a mix.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let temporary = path + ".new"
        try remove(temporary)
        let file = try File(temporary, .create)
        var failure: FileError?
        bytes.withUnsafeBytes { buffer in
            do throws(FileError) { try file.write(buffer, at: 0) } catch { failure = error }
        }
        if let failure { throw failure }
        try file.sync()
        try rename(temporary, to: path)
        try syncDirectory(parent(of: path))
    }

    /// The folder part of a path: `.` when it has none.
    package static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Sets the access and modification time, in seconds since 1970.
    package static func setTimes(of path: String, to seconds: Int64) {
        var times = [timespec(tv_sec: Int(seconds), tv_nsec: 0), timespec(tv_sec: Int(seconds), tv_nsec: 0)]
        _ = utimensat(AT_FDCWD, path, &times, 0)
    }
}
