import Glibc

/// A file operation that failed: which call, on which path, why, and what to do about it.
package struct FileError: Error, Sendable, CustomStringConvertible {
    package let call: SystemCall
    package let path: String
    /// The `errno` of the call.
    package let errorNumber: CInt

    package init(call: SystemCall, path: String, errorNumber: CInt) {
        self.call = call
        self.path = path
        self.errorNumber = errorNumber
    }

    package var isMissing: Bool { errorNumber == ENOENT }

    package var isDiskFull: Bool { errorNumber == ENOSPC || errorNumber == EDQUOT }

    package var description: String {
        "\(verb) \(path): \(String(cString: strerror(errorNumber)))\(remedy.map { "; \($0)" } ?? "")"
    }

    private var verb: String {
        switch call {
        case .open: "cannot open"
        case .read: "cannot read"
        case .write: "cannot write"
        case .sync: "cannot flush to disk"
        case .truncate: "cannot shorten"
        case .rename: "cannot rename"
        case .remove: "cannot remove"
        case .makeDirectory: "cannot make the folder"
        case .close: "cannot close"
        }
    }

    private var remedy: String? {
        switch errorNumber {
        case ENOSPC: "free some space on that disk and run again: nothing that was archived is lost"
        case EDQUOT: "raise the quota and run again: nothing that was archived is lost"
        case EACCES, EPERM: "give the user who runs mailcask the right to it"
        case EROFS: "the file system is mounted read-only"
        case EIO: "the disk reports an error: check it before running again"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n) or lower `parallel`"
        default: nil
        }
    }
}
