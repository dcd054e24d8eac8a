import Archive
import Platform

extension Benchmark {
    /// Members made and inflated by one thread, to and from a file in the page cache.
    static let compression = Compression.allCases.map(compressing) + Compression.allCases.map(inflating)

    /// The smallest compression makes about 10 MB a second.
    private static let rawByteLimit = 32_000_000
    private static let file = "members.gz"

    private static func compressing(_ compression: Compression) -> Benchmark {
        Benchmark(name: "compress members, \(compression)", unit: .megabytes) { workbench in
            let raw = workbench.joinedMail(byteLimit: rawByteLimit)
            let path = "\(workbench.folder)/\(file)"
            return {
                var sample = try Sample.measure(byteCount: raw.count) { try write(raw, path, compression) }
                let size = try File(path, .read).length()
                sample.notes = [("stored %", Double(size) * 100 / Double(raw.count))]
                return sample
            }
        }
    }

    private static func inflating(_ compression: Compression) -> Benchmark {
        Benchmark(name: "inflate members, \(compression)", unit: .megabytes) { workbench in
            let raw = workbench.joinedMail(byteLimit: rawByteLimit)
            try write(raw, "\(workbench.folder)/\(file)", compression)
            let reader = MemberReader(ArchiveLayout(root: workbench.folder))
            let place = Place(file: file, memberOffset: 0, innerOffset: 0, length: UInt64(raw.count))
            return { try Sample.measure(byteCount: raw.count) { try reader.read(place) { keep($0.count) } } }
        }
    }

    private static func write(_ raw: [UInt8], _ path: String, _ compression: Compression) throws {
        let output = try OutputStream(path, compression: compression)
        try raw.withUnsafeBytes { try output.write($0) }
        try output.finish(durable: false)
    }
}
