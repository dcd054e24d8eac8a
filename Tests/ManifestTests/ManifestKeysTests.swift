import Foundation
import Testing

@testable import Manifest

@Suite struct ManifestKeysTests {
    @Test("lists each key of each table once") func unique() {
        #expect(Set(ManifestKeys.all).count == ManifestKeys.all.count)
        #expect(ManifestKeys.all.count > 40)
    }

    @Test("every table and key stands in the manual") func manual() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "man/mailcask-manifest.5"), encoding: .utf8)
            .replacing("\\-", with: "-")
        for key in ManifestKeys.all {
            #expect(page.contains(key.name), "\(key.name) is missing")
        }
        for table in ManifestKeys.Table.allCases where table != .top {
            #expect(page.contains(table.title), "\(table.title) is missing")
        }
    }
}
