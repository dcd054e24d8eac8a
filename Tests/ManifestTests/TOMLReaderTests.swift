import Testing

@testable import Manifest

@Suite struct TOMLReaderTests {
    /// Every value of a text, as `path@line:column=value@line:column`.
    static func outline(_ text: String) -> [String] {
        let source = SourceText(name: "t", bytes: Array(text.utf8))
        var reader = TOMLReader(source: source)
        reader.read()
        var lines: [String] = []
        func place(_ span: Range<Int>) -> String {
            let location = source.location(of: span.lowerBound)
            return "\(location.line):\(location.column)"
        }
        func walk(_ node: Node, _ path: String, _ key: Range<Int>) {
            switch node.content {
            case .table(let table):
                for entry in table.entries { walk(entry.node, path + "." + entry.key, entry.keySpan) }
            case .array(let array):
                for (index, node) in array.elements.enumerated() { walk(node, "\(path)[\(index)]", key) }
            case .string(let value): lines.append("\(path)@\(place(key))=\(value)@\(place(node.span))")
            case .integer(let value): lines.append("\(path)@\(place(key))=\(value)@\(place(node.span))")
            case .float(let value): lines.append("\(path)@\(place(key))=\(value)@\(place(node.span))")
            case .boolean(let value): lines.append("\(path)@\(place(key))=\(value)@\(place(node.span))")
            case .date, .field: lines.append("\(path)@\(place(key))=date@\(place(node.span))")
            }
        }
        for entry in reader.root.entries { walk(entry.node, entry.key, entry.keySpan) }
        return lines + (reader.failures + reader.duplicates).map { "\(place($0.span)): \($0.message)" }
    }

    @Test(
        "knows where keys and values stand",
        arguments: [
            ("a = 1 # b = 2", ["a@1:1=1@1:5"]),
            (" \"a b\" = 'c'\r\n'd' = \"e\"", ["a b@1:2=c@1:10", "d@2:1=e@2:7"]),
            ("é = 1", ["1:1: a key is expected here"]),
            ("a = \"é\" # x\nb = [\"é\", 2]", ["a@1:1=é@1:5", "b[0]@2:1=é@2:6", "b[1]@2:1=2@2:11"]),
            ("a.b . c = 1\n[d.\"e\"]\nf = true", ["a.b.c@1:7=1@1:11", "d.e.f@3:1=true@3:5"]),
            (
                "[[t]]\na = 1\n[[t]]\na = 2\n[t.s]\nb = 3",
                ["t[0].a@2:1=1@2:5", "t[1].a@4:1=2@4:5", "t[1].s.b@6:1=3@6:5"]
            ),
            ("a = { b = 1, c.d = [ { e = 2 } ] }", ["a.b@1:7=1@1:11", "a.c.d[0].e@1:24=2@1:28"]),
            ("a = [ # one\n  1,\n\n  2, # two\n]\nb = 3", ["a[0]@1:1=1@2:3", "a[1]@1:1=2@4:3", "b@6:1=3@6:5"]),
            ("a = \"\"\"\nx # y\n\"z\"\"\"\"\nb = 1", ["a@1:1=x # y\n\"z\"@1:5", "b@4:1=1@4:5"]),
            ("a = '''x\\''''\nb = \"\"\"p \\\n\n  q\"\"\"", ["a@1:1=x\\'@1:5", "b@2:1=p q@2:5"]),
            ("a = \"\\t\\\"\\\\\\u00e9\\U0001F600\"", ["a@1:1=\t\"\\é😀@1:5"]),
            (
                "a = 0x1F\nb = 1_000\nc = -0.5e3\nd = 1979-05-27 07:32:00Z\ne = 07:32:00",
                [
                    "a@1:1=31@1:5", "b@2:1=1000@2:5", "c@3:1=-500.0@3:5", "d@4:1=date@4:5", "e@5:1=date@5:5",
                ]
            ),
            (
                "a = 1\na = 2\n[b]\n[b]\nc = 3",
                [
                    "a@1:1=1@1:5", "b.c@5:1=3@5:5", "2:1: \"a\" stands twice, first at 1:1",
                    "4:1: \"b\" stands twice, first at 3:1",
                ]
            ),
            (
                "a = \"\nb = 2\n[c\nd = 4",
                [
                    "b@2:1=2@2:5", "d@4:1=4@4:5", "1:5: the string does not end", "3:3: the table header does not end",
                ]
            ),
        ])
    func places(text: String, outline: [String]) {
        #expect(Self.outline(text) == outline)
    }

    static let grammar = [
        "", "a", "a =", "= 1", "a = 1", "a = 1 b = 2", "a = 01", "a = 1_", "a = _1", "a = 1__0", "a = +1", "a = -0",
        "a = 0x", "a = 0xG", "a = 0o8", "a = 0b2", "a = -0x1", "a = 1.", "a = .5", "a = 1.5", "a = 1e5", "a = 1.e5",
        "a = 1e+5_0", "a = inf", "a = -nan", "a = True", "a = 'x", "a = 'x'y", "a = \"\\x\"", "a = \"\\u12\"",
        "a = [1,,2]",
        "a = [1,]", "a = [,]", "a = [1 2]", "a = {b=1,}", "a = {b=1 c=2}", "a = {\nb=1}", "a = {b=1}\na.c = 2",
        "a = {b=1}\n[a.c]", "a = [1]\n[[a]]", "[a]\n[a]", "[a]\n[[a]]", "[[a]]\n[a]", "[a.b]\n[a]", "[a.b]\n[a]\nb = 1",
        "a.b = 1\n[a]", "a.b = 1\na.c = 2", "a.b = 1\na.b.c = 2", "[a]\nb.c = 1\n[a.b]", "[a]\nb.c = 1\n[a.b.d]",
        "[]", "[a", "[[a]", "[a]]", "[ a . b ]", "[a.]", "a..b = 1", "\"\" = 1", "\"\"\"a\"\"\" = 1", "a = # x",
        "a = \r\n",
        "a = 1\r", "a = 1 # \u{1}", "a = \"\u{1}\"", "a = '\u{7F}'", "a = \"\"\"x", "a = \"\"\"x\"\"\"\"\"",
        "a = ''''x'''",
        "a = \"\"\"\\\n  x\"\"\"", "a = \"\"\"\\  x\"\"\"", "a = 9223372036854775807", "a = 9223372036854775808",
        "a = 1979-05-27", "a = 07:32:00", "a = 07:32", "a = 1979-05-27T07:32:00Z", "[a]\nb=1\n[a.c]\n[a.c.d]\n[a.e]",
        "[a.b.c]\n[a.b]\nd=1",
        "[fruit]\napple.color = 1\napple.taste.sweet = true\n[fruit.apple.texture]\nsmooth = true",
    ]

    /// Both refuse a text, or both take it; what only one of them saw would be a complaint without a good place.
    static func agree(_ text: String) -> Bool {
        let source = SourceText(name: "t", bytes: Array(text.utf8))
        var reader = TOMLReader(source: source)
        reader.read()
        return (reader.failures.isEmpty && reader.duplicates.isEmpty) == (TOMLGrammar.failure(in: source) == nil)
    }

    @Test("agrees with TOMLKit on what is TOML", arguments: grammar)
    func agrees(text: String) {
        #expect(Self.agree(text))
    }

    @Test("agrees with TOMLKit on every beginning of a manifest") func agreesOnPrefixes() {
        let text = Array(ManifestTests.full.utf8)
        let wrong = (0...text.count).filter { !Self.agree(String(decoding: text[..<$0], as: UTF8.self)) }
        #expect(wrong.isEmpty)
    }

    @Test("gives up on nesting beyond its limit") func nesting() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(Self.outline("a = " + deep).first?.contains("nested") == true)
        #expect(Self.outline("a" + String(repeating: ".a", count: 100_000) + " = 1").first?.contains("parts") == true)
        #expect(Self.outline("a = " + String(repeating: "{a=", count: 100_000)).first?.contains("nested") == true)
    }
}
