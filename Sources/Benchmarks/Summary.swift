import Foundation

/// The runs of one measurement, summed up.
struct Summary: Encodable {
    struct Spread: Encodable {
        let median, least, most: Double

        init(_ values: [Double]) {
            let sorted = values.sorted()
            precondition(!sorted.isEmpty, "a measurement without a run")
            let middle = sorted.count / 2
            median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
            least = sorted[0]
            most = sorted[sorted.count - 1]
        }
    }

    struct Note: Encodable {
        let name: String
        /// The median of the runs.
        let value: Double
    }

    let name: String
    let unit: Benchmark.Unit
    let runs: Int
    let rate: Spread
    /// `nil` where no bytes of mail are counted.
    let cpuSecondsPerGB: Double?
    /// Of one run.
    let byteCount, itemCount: Int
    let notes: [Note]

    init(_ benchmark: Benchmark, _ samples: [Sample]) {
        name = benchmark.name
        unit = benchmark.unit
        runs = samples.count
        rate = Spread(samples.map { $0.rate(in: benchmark.unit) })
        (byteCount, itemCount) = (samples[0].byteCount, samples[0].itemCount)
        let bytes = Double(byteCount)
        cpuSecondsPerGB = bytes > 0 ? Spread(samples.map { $0.cpuSeconds * 1e9 / bytes }).median : nil
        notes = samples[0].notes.indices.map { index in
            Note(name: samples[0].notes[index].name, value: Spread(samples.map { $0.notes[index].value }).median)
        }
    }

    func jsonLine() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
