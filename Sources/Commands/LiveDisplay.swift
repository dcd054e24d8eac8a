import Archive
import Drain
import Platform

/// The display on a terminal: a line per active account and a total, repainted five times a second in place.
final class LiveDisplay: DrainObserver {
    private struct State {
        var active: [AccountProgress] = []
        var finished: [AccountReport] = []
        var accountCount = 0
        var finishedMessages = 0
        var finishedOctets: UInt64 = 0
        var paintedLineCount = 0
        var isEnded = false
    }

    private let state = Lock(State())
    private let start = ContinuousClock.now

    func handle(_ event: DrainEvent) {
        switch event {
        case .notice(let text): printAbove(text)
        case .runStarted(_, let count):
            state.withLock { $0.accountCount = count }
            _ = Thread(name: "display", stackByteCount: 512 << 10) { [self] in paintUntilEnd() }
        case .accountStarted(let progress): state.withLock { $0.active.append(progress) }
        case .accountListed: break
        case .accountWaits(let account, let reason, let seconds):
            printAbove("\(account): \(reason); next try in \(Format.duration(seconds))")
        case .messageFailed(let account, let number, let reason):
            printAbove("\(account): message \(number) left on the server: \(reason)")
        case .accountFinished(let report):
            state.withLock { state in
                state.active.removeAll { $0.account == report.account }
                state.finished.append(report)
                state.finishedMessages += report.result.archived + report.result.duplicates
                state.finishedOctets += report.result.octets
            }
            if let failure = report.failure { printAbove("\(report.account): \(failure)") }
        case .runFinished(let report):
            state.withLock {
                $0.isEnded = true
                Terminal.writeToStandardError(Self.erase($0.paintedLineCount))
                $0.paintedLineCount = 0
            }
            Array(RunTable(report).rendered().utf8).withUnsafeBytes { _ = Terminal.writeToStandardOutput($0) }
        }
    }

    /// Puts a line above the display, where it stays.
    private func printAbove(_ line: String) {
        state.withLock { state in
            Terminal.writeToStandardError(Self.erase(state.paintedLineCount) + line + "\n")
            state.paintedLineCount = 0
            paint(&state)
        }
    }

    private func paintUntilEnd() {
        while true {
            let isEnded = state.withLock { state in
                if !state.isEnded { paint(&state) }
                return state.isEnded
            }
            if isEnded { return }
            Process.sleep(milliseconds: 200)
        }
    }

    /// One write a frame: the lines over the old ones, then whatever is left of those is cleared.
    private func paint(_ state: inout State) {
        guard !state.isEnded, state.accountCount > 0 else { return }
        let size = Terminal.size
        let lines = frame(state, columns: size.columns, rows: size.rows)
        var text = state.paintedLineCount > 0 ? "\u{1B}[\(state.paintedLineCount)F" : ""
        for line in lines { text += line.fitted(to: size.columns - 1) + "\u{1B}[K\n" }
        text += "\u{1B}[J"
        Terminal.writeToStandardError(text)
        state.paintedLineCount = lines.count
    }

    private static func erase(_ lineCount: Int) -> String { lineCount > 0 ? "\u{1B}[\(lineCount)F\u{1B}[J" : "" }

    private func frame(_ state: State, columns: Int, rows: Int) -> [String] {
        let elapsed = start.duration(to: .now).inSeconds
        let room = max(1, rows - 3)
        var lines = state.active.prefix(room).map { Self.line($0, columns: columns) }
        if state.active.count > room { lines[lines.count - 1] = "… and \(state.active.count - room + 1) more" }
        lines.append(total(state, elapsed))
        return lines
    }

    /// `ann            receiving    120/1,000   12.3 MB   4.1 MB/s`.
    private static func line(_ progress: AccountProgress, columns: Int) -> String {
        let (fetched, wanted) = progress.messageCounts
        let received = progress.octetCounts.received
        let nameWidth = max(8, min(32, columns - 60))
        let name = progress.account.fitted(to: nameWidth)
        let padding = String(repeating: " ", count: nameWidth - name.displayWidth)
        let counts = wanted > 0 ? "\(Format.count(fetched))/\(Format.count(wanted))" : ""
        let rate = Double(received) / max(0.1, progress.started.duration(to: .now).inSeconds)
        return "\(name)\(padding)  \(padded(progress.phase.description, 10))  \(padded(counts, 15, left: true))  "
            + padded(wanted > 0 ? Format.octets(received) : "", 9, left: true)
            + padded(wanted > 0 ? Format.octets(UInt64(rate)) + "/s" : "", 13, left: true)
    }

    /// Accounts, messages, octets, rate, and the time left by octets of the scan listings.
    private func total(_ state: State, _ elapsed: Double) -> String {
        var messages = state.finishedMessages
        var received = state.finishedOctets
        var expected = state.finishedOctets
        for progress in state.active {
            messages += progress.messageCounts.fetched
            received += progress.octetCounts.received
            expected += max(progress.octetCounts.expected, progress.octetCounts.received)
        }
        let rate = elapsed > 0.5 ? Double(received) / elapsed : 0
        var line = "\(state.finished.count)/\(state.accountCount) accounts, \(Format.count(messages)) messages, "
        line += "\(Format.octets(received)), \(Format.octets(UInt64(rate)))/s"
        let begun = state.finished.count + state.active.count
        if rate > 0, expected > received, begun > 0 {
            // Accounts not begun are taken to be like those that were.
            let whole = Double(expected) * Double(state.accountCount) / Double(begun)
            line += ", about \(Format.duration((whole - Double(received)) / rate)) left"
        }
        return line
    }
}

/// Text in a column of fixed width.
private func padded(_ text: String, _ width: Int, left: Bool = false) -> String {
    let padding = String(repeating: " ", count: max(0, width - text.displayWidth))
    return left ? padding + text : text + padding
}
