import Drain
import Platform

/// Text on standard output.
enum Output {
    /// A line for each account that failed, behind an empty one; nothing where none did.
    static func failures(_ accounts: [(name: String, failure: AccountFailure?)]) -> String {
        let lines = accounts.compactMap { account in account.failure.map { "\(account.name): \($0)\n" } }
        return lines.isEmpty ? "" : "\n" + lines.joined()
    }

    /// - Returns: `false` when nobody reads any more.
    @discardableResult
    static func write(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { Terminal.writeToStandardOutput(UnsafeRawBufferPointer($0)) }
    }
}
