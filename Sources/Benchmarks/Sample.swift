import Glibc

/// What one run took and did.
struct Sample {
    var wallSeconds: Double
    /// Of all threads of the measured process, in user and system mode.
    var cpuSeconds: Double
    /// Bytes of mail that went through.
    var byteCount = 0
    /// Messages, lookups or rows, where the rate counts them.
    var itemCount = 0
    /// Further figures, in the order of the table.
    var notes: [(name: String, value: Double)] = []

    /// The most memory of the process that did it, where a note tells.
    var peakMegabytes: Double { notes.first { $0.name == ServerProcess.peakNote }?.value ?? 0 }

    /// Does the work and takes its time.
    static func measure(byteCount: Int = 0, itemCount: Int = 0, _ work: () throws -> Void) rethrows -> Sample {
        let cpu = seconds(CLOCK_PROCESS_CPUTIME_ID)
        let wall = seconds(CLOCK_MONOTONIC)
        try work()
        return Sample(
            wallSeconds: seconds(CLOCK_MONOTONIC) - wall, cpuSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu,
            byteCount: byteCount, itemCount: itemCount)
    }

    func rate(in unit: Benchmark.Unit) -> Double {
        unit == .megabytes ? Double(byteCount) / 1e6 / wallSeconds : Double(itemCount) / wallSeconds
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Keeps the optimizer from leaving out work whose result nobody reads.
@inline(never) func keep<Value>(_ value: Value) { withExtendedLifetime(value) {} }
