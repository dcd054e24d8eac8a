import Testing

@testable import Manifest

/// Holds mailcask-manifest(5) against the parser's list of keys.
@Suite struct ManifestPageTests {
    @Test("every key is explained under its table, and no other is", arguments: ManifestKeys.Table.allCases)
    func keys(table: ManifestKeys.Table) throws {
        let page = try ManualPage("mailcask-manifest.5")
        let told = explained(in: try page.section(table == .top ? "TOP OF THE MANIFEST" : table.title))
        let keys = ManifestKeys.all.filter { $0.table == table }.map(\.name)
        #expect(!keys.isEmpty)
        // The keys of [defaults] are those of [[account]], and explained there.
        #expect(Set(told) == (table == .defaults ? [] : Set(keys)))
    }
}
