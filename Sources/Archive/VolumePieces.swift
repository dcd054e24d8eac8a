import Platform

/// A volume in pieces that begin with an entry, which are read side by side and given in order.
///
/// Where a member begins is known before those ahead of it are inflated, by its mark. That a cut stands where it should is
/// seen when the piece before it ends there, in a tar stream that is whole.
final class VolumePieces {
    private struct Content {
        let start: UInt64
        let entries: [ScannedEntry]
        /// All was read, up to where the next piece begins.
        let isWhole: Bool
    }

    private let layout: ArchiveLayout
    private let relative: String
    private let file: File
    private let start: UInt64
    private let end: UInt64
    private let byteCount: UInt64
    private let tag: UInt32

    /// - Parameters:
    ///   - offset: where an entry begins.
    ///   - end: where to stop; `nil` for the end of the file.
    ///   - byteCount: of a piece, before it is inflated.
    /// - Returns: `nil` where there is too little for several threads, or no mark to go by.
    init?(
        _ layout: ArchiveLayout, file relative: String, from offset: UInt64, to end: UInt64?, byteCount: UInt64
    ) throws(FileError) {
        let file = try File(layout.path(relative), .read)
        let length = try file.length()
        self.end = min(end ?? .max, length)
        guard self.end >= byteCount * 2, offset <= self.end - byteCount * 2,
            let mark = try MemberMark(in: file, at: offset), mark.tag != 0
        else { return nil }
        self.layout = layout
        self.relative = relative
        self.file = file
        self.byteCount = byteCount
        start = offset
        tag = mark.tag
    }

    /// Gives the entries, and stops at a piece that is not read to its end.
    /// - Parameter body: gets each entry; `false` ends it.
    /// - Returns: where that piece begins; `nil` where there is none, or `body` has ended it.
    func forEachEntry(_ body: (ScannedEntry) throws -> Bool) throws -> UInt64? {
        var position = start
        var broken: UInt64?
        let work = OrderedWork { [layout, relative] in { Self.content(of: $0, layout, relative) } }
        try work.run {
            guard position < end else { return nil }
            let piece = position..<(try cut(behind: position))
            position = piece.upperBound
            return piece
        } take: { content in
            guard content.isWhole else {
                broken = content.start
                return false
            }
            for entry in content.entries where try !body(entry) { return false }
            return true
        }
        return broken
    }

    /// Where the next piece begins. The last one is no smaller than the others: nothing is cut off at the end of archive.
    private func cut(behind start: UInt64) throws(FileError) -> UInt64 {
        let last = end - byteCount
        var position = start + byteCount
        while position <= last, let found = try MemberChain.nextMagic(in: file, from: position), found <= last {
            if let mark = try MemberMark(in: file, at: found), mark.tag == tag, mark.start == .entry { return found }
            position = found + 1
        }
        return end
    }

    private static func content(of piece: Range<UInt64>, _ layout: ArchiveLayout, _ file: String) -> Content {
        var entries: [ScannedEntry] = []
        do {
            let scanner = try VolumeScanner(layout, file: file, from: piece.lowerBound, to: piece.upperBound)
            while let entry = try scanner.next() { entries.append(entry) }
            let isWhole = scanner.position == piece.upperBound
            return Content(start: piece.lowerBound, entries: entries, isWhole: isWhole)
        } catch {
            // Whoever reads it again from its beginning comes upon the error once more.
            return Content(start: piece.lowerBound, entries: [], isWhole: false)
        }
    }
}
