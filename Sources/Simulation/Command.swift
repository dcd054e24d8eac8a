/// A command line, taken apart.
struct Command {
    /// In capitals, whatever the client wrote.
    let verb: String
    /// What follows the verb and one space, as it came.
    let rest: [UInt8]
    private let endsInSpace: Bool

    init(_ line: [UInt8]) {
        let parts = line.split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
        verb = String(decoding: parts.first ?? [], as: UTF8.self).uppercased()
        endsInSpace = line.last == 0x20
        rest = parts.count > 1 ? Array(parts[1]) : []
    }

    var text: String { String(decoding: rest, as: UTF8.self) }

    /// The arguments as numbers; nil where one is none.
    var numbers: [Int?] { text.split(separator: " ").map { Int($0) } }

    /// The message that is asked for as a whole: fetchmail reads messages by TOP with 99,999,999 lines.
    var transmittedMessage: Int? {
        let numbers = numbers
        return switch verb {
        case "RETR": numbers.first ?? nil
        case "TOP" where numbers.count == 2 && (numbers[1] ?? 0) >= 1_000_000: numbers[0]
        default: nil
        }
    }

    /// Whether a space stands at an end or beside another, where no text of the client's own may hold it.
    var hasExtraSpace: Bool {
        guard verb != "USER", verb != "PASS" else { return false }
        return rest.first == 0x20 || rest.last == 0x20 || text.contains("  ") || endsInSpace
    }
}
