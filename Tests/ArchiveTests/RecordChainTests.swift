import Mail
import Testing

@testable import Archive

@Suite struct RecordChainTests {
    private func digest(_ name: String) -> Digest { Array(name.utf8).withUnsafeBytes { Digest.of($0) } }

    /// Adds records as `name<previous`, and gives the names at which the chain breaks.
    private func breaks(_ records: String, after last: String? = nil) -> [String] {
        var chain = RecordChain(after: last.map(digest))
        return records.split(separator: " ").compactMap { text in
            let parts = text.split(separator: "<").map(String.init)
            let found = chain.add(digest(parts[0]), previous: parts.count > 1 ? digest(parts[1]) : nil, name: parts[0])
            #expect(found == nil || found?.gap.before == digest(parts[0]))
            return found.map { _ in parts[0] }
        }
    }

    @Test(
        "breaks where a record does not follow, and only there",
        arguments: [
            ("whole", "a b<a c<b", []),
            ("begun by an earlier version", "a b c<b d<c", []),
            ("one alone", "a", []),
            ("one lost", "a c<b d<c", ["c"]),
            ("the first lost", "b<a c<b", ["b"]),
            ("moved", "a c<b b<a d<c", ["c", "b", "d"]),
            ("replaced", "a x<a c<b d<c", ["c"]),
            ("replaced, and names nothing", "a b<a x d<c", ["x", "d"]),
            ("repeated", "a b<a a c<b", ["a", "c"]),
        ] as [(String, String, [String])])
    func shapes(name: String, records: String, expected: [String]) {
        #expect(breaks(records) == expected, "\(name)")
    }

    @Test("goes on behind the newest record")
    func goingOn() {
        #expect(breaks("c<b d<c", after: "b") == [])
        #expect(breaks("d<c", after: "b") == ["d"])
        #expect(breaks("x", after: "b") == ["x"], "a record that names none follows none")
    }

    @Test("names the records at both sides, and knows a gap again")
    func naming() throws {
        var chain = RecordChain()
        _ = chain.add(digest("a"), previous: nil, name: "runs/r/0001.jsonl in volumes/000001.tar.gz")
        let next = chain.add(digest("c"), previous: digest("b"), name: "runs/s/0003.jsonl in volumes/000002.tar.gz")
        let found = try #require(next)
        for word in ["runs/r/0001.jsonl in volumes/000001", "runs/s/0003.jsonl in volumes/000002"] {
            #expect(found.description.contains(word))
        }
        #expect(found.gap == RecordChain.Gap(after: digest("a"), before: digest("c")))
        #expect(chain.last == digest("c"))
    }
}
