import Archive
import Drain
import Foundation
import Platform

/// What a child took for its work; one line of JSON between the processes.
struct ClientReport: Codable {
    let wallSeconds: Double
    let cpuSeconds: Double
    /// The most memory that was resident at one time.
    let peakByteCount: Int
    let octets: UInt64
    let messageCount: Int

    init(wallSeconds: Double, cpuSeconds: Double, peakByteCount: Int, octets: UInt64, messageCount: Int) {
        self.wallSeconds = wallSeconds
        self.cpuSeconds = cpuSeconds
        self.peakByteCount = peakByteCount
        self.octets = octets
        self.messageCount = messageCount
    }

    init(jsonLine: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(jsonLine.utf8)) }

    func jsonLine() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
}

/// Times the work of a child, from within.
struct ClientStopwatch {
    private let start = ContinuousClock.now
    private let startCPU = clock()

    func report(_ run: RunReport?) -> ClientReport {
        let results = run?.accounts.map(\.result) ?? []
        return ClientReport(
            wallSeconds: start.duration(to: .now) / .seconds(1),
            cpuSeconds: Double(clock() - startCPU) / Double(CLOCKS_PER_SEC),
            peakByteCount: Self.peakByteCount(), octets: results.reduce(0) { $0 + $1.octets },
            messageCount: results.reduce(0) { $0 + $1.archived + $1.duplicates })
    }

    /// `VmHWM` of proc(5). The maximum that wait4(2) gives may be the parent's: it counts from before exec.
    static func peakByteCount() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap({
                Int($0)
            })
        else { preconditionFailure("no VmHWM in /proc/self/status") }
        return kibibytes << 10
    }
}
