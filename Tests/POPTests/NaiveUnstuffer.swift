/// RFC 1939, section 3, read word by word: the measure for `Unstuffer`.
enum NaiveUnstuffer {
    /// What the bytes hold: the message as far as it is certain, and where its terminator ends.
    static func read(_ bytes: [UInt8]) -> (message: [UInt8], end: Int?) {
        var message: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let isLineStart = index == 0 || (index >= 2 && bytes[index - 2] == 13 && bytes[index - 1] == 10)
            if isLineStart, bytes[index] == 46 {
                let ahead = Array(bytes[index...].prefix(3))
                if ahead == [46, 13, 10] { return (message, index + 3) }
                if ahead == [46] || ahead == [46, 13] { return (message, nil) }
                index += 1
            }
            message.append(bytes[index])
            index += 1
        }
        return (message, nil)
    }
}
