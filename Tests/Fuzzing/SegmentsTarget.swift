import Mail

/// Cutting loses no byte, keeps its limits, and depends on the bytes alone.
enum SegmentsTarget {
    static func check(_ bytes: [UInt8]) {
        var random = Seeded(Arrival.fingerprint(of: bytes))
        check(bytes, SegmentCutter(), segmentLimit: 256)
        let segmentLimit = [1, 2, 3, 8].randomElement(using: &random)!
        let cutter = SegmentCutter(
            leafThresholdBytes: [1, 2, 16, 200].randomElement(using: &random)!, segmentLimit: segmentLimit,
            depthLimit: Int.random(in: 0...3, using: &random))
        check(bytes, cutter, segmentLimit: segmentLimit)
    }

    private static func check(_ bytes: [UInt8], _ cutter: SegmentCutter, segmentLimit: Int) {
        var used = cutter
        var expected: [UInt64]?
        for arrival in Arrival.all(of: bytes) {
            var fresh = cutter
            for piece in arrival.pieces {
                piece.withUnsafeBytes { fresh.consume($0) }
                piece.withUnsafeBytes { used.consume($0) }
            }
            let lengths = fresh.finish()
            holds(lengths.reduce(0, +) == UInt64(bytes.count), "the lengths \(lengths) add up to \(bytes.count)")
            holds(!lengths.contains(0), "no segment is empty")
            holds(lengths.count <= segmentLimit, "there are at most \(segmentLimit) segments")
            holds(lengths == expected ?? lengths, "the cuts do not depend on the pieces")
            holds(used.finish() == lengths, "a cutter that was used before cuts the same")
            expected = lengths
        }
    }
}
