import Archive
import Testing

@testable import Catalog

@Suite struct CheckpointsTests {
    private static func index(_ checkpoints: Checkpoints, _ name: [UInt8]) -> Int? {
        name.withUnsafeBytes { checkpoints.index(of: $0) }
    }

    @Test("an empty set knows nothing")
    func empty() {
        let checkpoints = Checkpoints()
        #expect(checkpoints.count == 0)
        #expect(Self.index(checkpoints, [1]) == nil && Self.index(checkpoints, []) == nil)
    }

    @Test("knows what a dictionary would know", arguments: 0..<40 as Range<UInt64>)
    func model(seed: UInt64) {
        var random = Seeded(seed)
        var checkpoints = Checkpoints()
        var model: [[UInt8]: (octets: UInt64?, proof: GroupRecord.Proof, isAmbiguous: Bool)] = [:]
        var order: [[UInt8]] = []
        // Few letters make equal names and equal beginnings; the empty name is never known.
        func name() -> [UInt8] {
            (0..<Int.random(in: 0...6, using: &random)).map { _ in UInt8.random(in: 0...2, using: &random) }
        }
        for _ in 0..<Int.random(in: 0...900, using: &random) {
            let name = name()
            let octets = Bool.random(using: &random) ? UInt64.random(in: 0...9, using: &random) : nil
            let proof: GroupRecord.Proof = Bool.random(using: &random) ? .content : .header
            name.withUnsafeBytes { checkpoints.add($0, listedOctets: octets, proof: proof) }
            if name.isEmpty {
                order.append(name)
            } else if model[name] != nil {
                model[name]!.isAmbiguous = true
            } else {
                model[name] = (octets, proof, false)
                order.append(name)
            }
        }
        #expect(checkpoints.count == order.count)
        for (place, name) in order.enumerated() where !name.isEmpty {
            #expect(Self.index(checkpoints, name) == place && checkpoints.uniqueID(at: place) == name)
            let entry = checkpoints[place]
            #expect(entry.listedOctets == model[name]?.octets && entry.proof == model[name]?.proof)
            #expect(entry.isAmbiguous == model[name]?.isAmbiguous)
        }
        for _ in 0..<200 {
            let name = name()
            #expect((Self.index(checkpoints, name) != nil) == (model[name] != nil))
        }
    }
}
