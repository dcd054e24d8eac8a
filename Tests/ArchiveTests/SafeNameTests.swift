import Testing

@testable import Archive

@Suite struct SafeNameTests {
    @Test(
        "keeps what is safe and escapes the rest",
        arguments: [
            ("ann@example.org", "ann@example.org"), ("a.b-c_d+e", "a.b-c_d+e"), (".", "%2E"), ("..", "%2E."),
            ("../etc", "%2E.%2Fetc"), ("-rf", "%2Drf"), ("a/b", "a%2Fb"), ("a b", "a%20b"), ("50%", "50%25"),
            ("~root", "%7Eroot"), ("é", "%C3%A9"), ("a\\b:c", "a%5Cb%3Ac"), ("", ""),
        ])
    func table(name: String, expected: String) {
        #expect(SafeName.escaped(name) == expected)
        #expect(SafeName.name(escaped: expected) == name)
    }

    @Test("gives two names two results, and only safe ones")
    func injective() {
        let letters: [Character] = [".", "/", "%", "~", "-", "a", "A", "2", "E", "é", "\u{0}", "日", " "]
        var names: [String] = letters.map(String.init)
        for first in letters {
            for second in letters { for third in letters { names.append("\(first)\(second)\(third)") } }
        }
        for count in 100...200 { for letter in letters { names.append(String(repeating: letter, count: count)) } }
        // Alike but for the end, where long names are cut.
        for letter in letters { names.append(String(repeating: "x", count: 199) + String(letter)) }
        var seen: [String: String] = [:]
        for name in Set(names) {
            let result = SafeName.escaped(name)
            #expect(seen.updateValue(name, forKey: result) == nil, "\(name) and another")
            #expect(!result.contains("/") && !result.hasPrefix(".") && !result.hasPrefix("-"))
            #expect(result.utf8.allSatisfy { (0x21...0x7E).contains($0) })
            #expect(result.utf8.count <= SafeName.byteLimit)
            #expect(SafeName.name(escaped: result) == (result.contains("~") ? nil : name))
        }
    }

    @Test("never gives a short name the result of a long one")
    func longAgainstShort() {
        let long = SafeName.escaped(String(repeating: "x", count: 200))
        #expect(long.contains("~"))
        #expect(SafeName.escaped(long) != long)
    }
}
