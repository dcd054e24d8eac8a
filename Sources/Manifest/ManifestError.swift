/// Why a manifest cannot be used: every error found in it, and the warnings beside them.
package struct ManifestError: Error, Sendable, CustomStringConvertible {
    /// In the order of the files and their lines; at least one is an error.
    package var diagnostics: [Diagnostic]

    /// All diagnostics as they are shown, one after another.
    package var description: String { diagnostics.map { $0.rendered() }.joined(separator: "\n") }
}
