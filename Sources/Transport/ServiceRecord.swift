/// Where a service of a domain is: an SRV record (RFC 2782).
struct ServiceRecord: Hashable, Sendable {
    /// Lower ones are to be tried first.
    let priority: UInt16
    /// Of several with one priority: how often this one is to be the first, compared with the others.
    let weight: UInt16
    let port: UInt16
    /// A name of letters, digits, `-`, `_` and dots, without a final dot; empty where the service is not offered.
    let target: String
}

extension ServiceRecord {
    /// The order in which to try them (RFC 2782, "Usage rules").
    static func ordered(
        _ records: [ServiceRecord], _ random: inout some RandomNumberGenerator
    ) -> [ServiceRecord] {
        var result: [ServiceRecord] = []
        for (_, group) in Dictionary(grouping: records, by: \.priority).sorted(by: { $0.key < $1.key }) {
            // Those without weight come first in the sum, so that they have a small chance of being chosen.
            var waiting = group.filter { $0.weight == 0 } + group.filter { $0.weight > 0 }
            while !waiting.isEmpty {
                var left = Int.random(in: 0...waiting.reduce(0) { $0 + Int($1.weight) }, using: &random)
                let chosen = waiting.firstIndex { record in
                    left -= Int(record.weight)
                    return left <= 0
                }
                result.append(waiting.remove(at: chosen ?? 0))
            }
        }
        return result
    }
}
