import Foundation
import Platform

/// Makes system calls on one test's files fail, or take long; every test has rules of its own, by the start of its paths.
final class Faults: Sendable {
    private struct State {
        var count = 0
        var failures = 0
        var last = ""
    }

    private static let changing: [SystemCall] = [.write, .sync, .truncate, .rename, .remove, .makeDirectory]
    private static let active = Lock<[Faults]>([])

    private let prefix: String
    private let call: SystemCall?
    private let suffix: String
    private let errorNumber: CInt
    /// Which call fails, from 1; 0 for none.
    private let only: Int
    private let goesOn: Bool
    private let delaySeconds: Double?
    private let interlude: (@Sendable () -> Void)?
    private let state = Lock(State())

    /// Installs the rule until `remove`.
    /// - Parameters:
    ///   - call: `nil` for any that changes something.
    ///   - only: the number of the call that fails, from 1; 0 only counts.
    ///   - goesOn: whether the calls behind that fail too.
    ///   - delaySeconds: they take so long, and do not fail.
    ///   - interlude: happens before them, and they do not fail.
    init(
        _ call: SystemCall?, under prefix: String, suffix: String = "", errorNumber: CInt = 28, only: Int,
        goesOn: Bool = false, delaySeconds: Double? = nil, interlude: (@Sendable () -> Void)? = nil
    ) {
        (self.call, self.prefix, self.suffix) = (call, prefix, suffix)
        (self.errorNumber, self.only, self.goesOn) = (errorNumber, only, goesOn)
        (self.delaySeconds, self.interlude) = (delaySeconds, interlude)
        Self.active.withLock { $0.append(self) }
        FaultInjection.install { call, path in
            for faults in Self.active.withLock({ $0 }) {
                if let errorNumber = faults.errorNumber(of: call, path) { return errorNumber }
            }
            return nil
        }
    }

    func remove() {
        Self.active.withLock { active in
            active.removeAll { $0 === self }
            if active.isEmpty { FaultInjection.install(nil) }
        }
    }

    /// Calls that matched.
    var count: Int { state.withLock { $0.count } }
    /// Of those, which failed.
    var failures: Int { state.withLock { $0.failures } }
    /// The path of the last failure.
    var failedPath: String { state.withLock { $0.last } }

    private func errorNumber(of call: SystemCall, _ path: String) -> CInt? {
        guard self.call.map({ $0 == call }) ?? Self.changing.contains(call), path.hasPrefix(prefix),
            path.hasSuffix(suffix)
        else { return nil }
        let isStruck = state.withLock { state in
            state.count += 1
            guard only > 0, state.count == only || (goesOn && state.count > only) else { return false }
            state.failures += 1
            state.last = path
            return true
        }
        if isStruck, let interlude {
            interlude()
            return nil
        }
        guard isStruck, let delaySeconds else { return isStruck ? errorNumber : nil }
        Thread.sleep(forTimeInterval: delaySeconds)
        return nil
    }
}
