import Foundation
import Testing

/// Holds mailcask-servers(7) against the tests that it names.
@Suite struct ServersPageTests {
    let page: ManualPage

    init() throws { page = try ManualPage("mailcask-servers.7") }

    /// The names of all tests that begin with "quirk N", as they stand in the sources.
    private static func tests() throws -> [String] {
        let folder = Package.root.appending(path: "Tests")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        return try files.flatMap { file in
            let source = try String(contentsOf: file, encoding: .utf8)
            return source.matches(of: /Test\(\s*"(quirk [0-9][^"]*)"/).map { String($0.1) }
        }
    }

    /// The lines of a text that name tests.
    private static func named(in text: String) -> [String] {
        text.split(separator: "\n").filter { $0.contains(/^quirk [0-9]/) }.map(String.init)
    }

    @Test("names every test of a quirk once, and no test that is not there") func names() throws {
        let tests = try Self.tests()
        #expect(tests.count > 40)
        #expect(Self.named(in: page.text).sorted() == tests.sorted())
    }

    @Test("has a section for every quirk, with what mailcask does and its own tests") func sections() throws {
        let titles = page.text.matches(of: /\n\.SS "(([0-9]+)\. [^"]+)"/)
        let numbers = titles.compactMap { Int($0.2) }
        #expect(numbers.sorted() == Array(1...45))
        for (title, number) in zip(titles.map { String($0.1) }, numbers) {
            let body = try page.section(title)
            #expect(body.contains(".TP\nmailcask\n") && body.contains(".TP\ntests\nquirk "), "\(title)")
            for name in Self.named(in: body) {
                #expect(name.hasPrefix("quirk \(number):") || name.hasPrefix("quirk \(number) ("), "\(title): \(name)")
            }
        }
    }
}
