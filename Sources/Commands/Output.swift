import Platform

/// Text on standard output.
enum Output {
    /// - Returns: `false` when nobody reads any more.
    @discardableResult
    static func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { Terminal.writeToStandardOutput(UnsafeRawBufferPointer($0)) }
    }
}
