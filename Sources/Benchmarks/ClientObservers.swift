import Drain
import Platform

/// Hears everything and says nothing.
struct Silence: DrainObserver {
    func handle(_ event: DrainEvent) {}
}

/// Knows how far every account is.
final class ProgressList: DrainObserver {
    private let state = Lock<(started: [AccountProgress], failure: String?)>(([], nil))

    /// Why an account ended, which no idle one does.
    var failure: String? { state.withLock { $0.failure } }

    func handle(_ event: DrainEvent) {
        state.withLock { state in
            switch event {
            case .accountStarted(let progress): state.started.append(progress)
            case .accountFinished(let report): state.failure = "\(report.failure.map(\.description) ?? report.account)"
            default: break
            }
        }
    }

    /// Whether so many accounts have come to this phase.
    func allWait(_ count: Int, in phase: AccountProgress.Phase) -> Bool {
        state.withLock { $0.started.count == count && $0.started.allSatisfy { $0.phase == phase } }
    }
}
