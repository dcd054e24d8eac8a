import Foundation
import Platform

/// JSON on standard output, one object a line.
enum JSONLine {
    /// Writes one object; `false` when nobody reads any more.
    @discardableResult
    static func write(_ value: some Encodable) -> Bool {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard var data = try? encoder.encode(value) else {
            preconditionFailure("a value of ours cannot be encoded")
        }
        data.append(10)
        return data.withUnsafeBytes { Terminal.writeToStandardOutput($0) }
    }
}
