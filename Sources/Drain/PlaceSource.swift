import Archive
import Mail

/// Segments whose places no catalogue knows: copies in mbox files, and what lies behind the last record of a volume.
final class PlaceSource: SegmentSource {
    private let members: MemberReader
    private var places: [Digest: [Place]] = [:]

    init(_ layout: ArchiveLayout) { members = MemberReader(layout, tellsDiskErrors: true) }

    func add(_ segment: Digest, at place: Place) {
        if places[segment]?.contains(place) != true { places[segment, default: []].append(place) }
    }

    func segments(of message: Digest) -> [Digest]? { nil }

    func read(_ segment: Digest, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        let good = try places[segment]?.first { place in
            do { try members.check(segment, at: place) } catch is ArchiveError { return false }
            return true
        }
        guard let good else { return false }
        try members.readMail(good, body)
        return true
    }
}
