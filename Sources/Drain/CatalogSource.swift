import Archive
import Catalog
import Mail

/// The mail that a catalogue knows.
final class CatalogSource: SegmentSource {
    private let catalog: Catalog
    private let members: MemberReader

    init(_ catalog: Catalog) {
        self.catalog = catalog
        members = MemberReader(catalog.layout, tellsDiskErrors: true)
    }

    func segments(of message: Digest) throws -> [Digest]? { try catalog.segments(of: message) }

    func read(_ segment: Digest, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        guard let place = try catalog.place(of: segment) else { return false }
        try members.readMail(place, body)
        return true
    }
}
