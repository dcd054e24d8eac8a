import Foundation
import Testing

/// Has groff read the pages.
@Suite struct PageRenderingTests {
    static let pages = ["mailcask.1", "mailcask-manifest.5", "mailcask-archive.5", "mailcask-servers.7"]
    static let groff = ["/usr/bin/groff", "/usr/local/bin/groff"].first(where: FileManager.default.isExecutableFile)

    @Test(
        "renders without a warning", .enabled(if: groff != nil, "there is no groff: apt-get install groff"),
        arguments: pages)
    func warnings(page: String) throws {
        let path = Package.root.appending(path: "man/\(page)").path
        let (output, status) = try run(try #require(Self.groff), ["-man", "-Tascii", "-ww", "-z", path], errors: true)
        #expect(String(decoding: output, as: UTF8.self) == "")
        #expect(status == 0)
    }

    @Test("is plain ASCII without blanks at line ends", arguments: pages) func characters(page: String) throws {
        for (number, line) in try Package.text("man/\(page)").split(separator: "\n").enumerated() {
            #expect(line.allSatisfy(\.isASCII) && line.last != " " && line.count <= 120, "line \(number + 1)")
        }
    }

    @Test("names only pages that are there", arguments: pages) func references(page: String) throws {
        let text = try ManualPage(page).text
        for reference in text.matches(of: /(mailcask[a-z-]*) \(([157])\)/) {
            #expect(Self.pages.contains("\(reference.1).\(reference.2)"))
        }
    }
}
