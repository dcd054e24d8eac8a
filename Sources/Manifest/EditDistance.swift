/// Guesses what was meant by a misspelt word.
enum EditDistance {
    /// Steps from one word to the other: insert, delete, replace, or swap two neighbours.
    static func between(_ a: String, _ b: String) -> Int {
        let a = Array(a.unicodeScalars)
        let b = Array(b.unicodeScalars)
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }

    /// The nearest of `words`, or `nil` where none is near: more than a third of the letters would have to change.
    static func nearest(to word: String, among words: [String]) -> String? {
        guard word.utf8.count <= 64 else { return nil }
        let plain = word.lowercased().replacing("_", with: "-")
        let best = words.map { (between(plain, $0), $0) }.min { $0.0 < $1.0 }
        guard let best, best.0 <= max(1, best.1.count / 3) else { return nil }
        return best.1
    }
}
