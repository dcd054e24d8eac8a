import Platform

/// Counts the occurrences of a script's rules over the server's life and gives each event its faults.
final class FaultCounter: Sendable {
    let script: FaultScript
    private let serverCounts: Lock<[Int]>

    init(_ script: FaultScript) {
        self.script = script
        serverCounts = Lock([Int](repeating: 0, count: script.rules.count))
    }

    /// The faults that strike at this event. `sessionCounts` is the session's own, empty at first.
    func faults(at event: FaultEvent, session: Int, user: String?, sessionCounts: inout [Int]) -> [Fault] {
        guard !script.rules.isEmpty else { return [] }
        if sessionCounts.isEmpty { sessionCounts = [Int](repeating: 0, count: script.rules.count) }
        return serverCounts.withLock { counts in
            var faults: [Fault] = []
            for (index, rule) in script.rules.enumerated() where rule.point.matches(event) {
                if let wanted = rule.user, wanted != user { continue }
                if let wanted = rule.session, wanted != session { continue }
                counts[index] += 1
                sessionCounts[index] += 1
                let number = rule.scope == .server ? counts[index] : sessionCounts[index]
                if rule.occurrence.contains(number) { faults.append(rule.fault) }
            }
            return faults
        }
    }
}
