/// Makes the paths of a manifest absolute.
struct ManifestPaths {
    /// The folder of the manifest as the user named it, with a final slash; empty for the working directory.
    let folderPrefix: String
    /// The same, absolute, without a final slash unless it is the root.
    let folder: String
    private let home: String?

    struct Problem: Error {
        var message: String
        var remedy: String
    }

    init(manifest: String, files: ManifestFiles) {
        home = files.home
        folderPrefix = manifest.lastIndex(of: "/").map { String(manifest[...$0]) } ?? ""
        let absolute = folderPrefix.hasPrefix("/") ? folderPrefix : files.workingDirectory + "/" + folderPrefix
        folder = Self.tidied(absolute)
    }

    /// - Throws: `Problem` for an empty path, a URL, one with a NUL, or a `~` that cannot be expanded.
    func absolute(_ path: String) throws(Problem) -> String {
        if path.isEmpty { throw Problem(message: "the path is empty", remedy: "write a path, or delete the key") }
        if path.utf8.contains(0) { throw Problem(message: "the path has a NUL in it", remedy: "delete it") }
        if path.contains("://") {
            throw Problem(message: "the path is a URL", remedy: "write the path of a file on this machine")
        }
        if path == "~" || path.hasPrefix("~/") {
            guard let home else {
                throw Problem(
                    message: "nobody knows what \"~\" stands for", remedy: "set HOME, or write the path in full")
            }
            return Self.tidied(home + "/" + path.dropFirst())
        }
        if path.hasPrefix("~") {
            throw Problem(
                message: "only \"~/\" is expanded, not the home of another user",
                remedy: "write the path in full, or ./ before a name that begins with \"~\"")
        }
        return Self.tidied(path.hasPrefix("/") ? path : folder + "/" + path)
    }

    /// How diagnostics name a file that the manifest names.
    func displayed(_ path: String) -> String {
        path.hasPrefix("/") || path.hasPrefix("~") ? path : folderPrefix + path
    }

    /// Without `.`, empty parts and a final slash. A `..` stays: what it leads to depends on links.
    private static func tidied(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
