/// One thing to measure.
struct Benchmark: Sendable {
    /// What the rate counts.
    enum Unit: String, Encodable, Sendable {
        case megabytes = "MB/s"
        case messages = "messages/s"
        case lookups = "lookups/s"
        case rows = "rows/s"
        case sessions = "sessions/s"
        case commands = "commands/s"
        case accounts = "accounts/s"
    }

    let name: String
    let unit: Unit
    /// Whether a run that does not count goes first.
    var warmsUp = true
    /// The most runs that are worth their time.
    var runLimit = Int.max
    /// Makes ready what the runs share; what it returns does one run.
    let prepare: @Sendable (Workbench) throws -> () throws -> Sample

    /// In the order of a message's way.
    static var all: [Benchmark] {
        unstuffing + messages + compression + archiving + lookups + reading + drains + secondRuns + manifests + peaks
    }
}
