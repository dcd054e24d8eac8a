/// What RECOVER.txt tells people to type.
enum RecoverySteps {
    /// The indented lines of each numbered step, as they stand in the archive.
    static func read(_ scratch: Scratch) throws -> [String] {
        let text = String(decoding: try scratch.bytes("archive/RECOVER.txt"), as: UTF8.self)
        var steps: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.first?.isNumber == true { steps.append("") }
            if line.hasPrefix("       "), !steps.isEmpty { steps[steps.count - 1] += line + "\n" }
        }
        return steps
    }
}
