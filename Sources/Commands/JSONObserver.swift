import Archive
import Drain

/// One JSON object a line on standard output: what mailcask(1) lists under --json.
struct JSONObserver: DrainObserver {
    private struct Event: Encodable {
        var event: String
        var run: String?
        var account: String?
        var accounts: Int?
        var listed: Int?
        var new: Int?
        var message: String?
        var text: String?
        var result: GroupRecord.Result?
        var notStarted: [String]?
        var seconds: Double?
        var isComplete: Bool?

        init(_ event: String) { self.event = event }
    }

    func handle(_ event: DrainEvent) {
        switch event {
        case .notice(let text): write("notice") { $0.text = text }
        case .runStarted(let run, let count):
            write("run-started") { ($0.run, $0.accounts) = (run, count) }
        case .accountStarted(let progress): write("account-started") { $0.account = progress.account }
        case .accountListed(let account, let listed, let new):
            write("account-listed") { ($0.account, $0.listed, $0.new) = (account, listed, new) }
        case .accountWaits(let account, let reason, let seconds):
            write("account-waits") { ($0.account, $0.text, $0.seconds) = (account, reason, seconds) }
        case .messageFailed(let account, let number, let reason):
            write("message-failed") { ($0.account, $0.message, $0.text) = (account, number, reason) }
        case .accountFinished(let report):
            write("account-finished") {
                ($0.account, $0.result, $0.isComplete) = (report.account, report.result, report.isComplete)
            }
        case .runFinished(let report):
            write("run-finished") {
                ($0.run, $0.accounts, $0.seconds) = (report.run, report.accounts.count, report.seconds)
                ($0.isComplete, $0.notStarted) = (report.isComplete, report.notStarted)
                $0.text = report.fatal.map { "\($0)" }
            }
        }
    }

    private func write(_ name: String, _ fill: (inout Event) -> Void) {
        var event = Event(name)
        fill(&event)
        JSONLine.write(event)
    }
}
