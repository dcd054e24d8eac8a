import Synchronization

/// The system calls that can be made to fail by a test.
package enum SystemCall: String, Sendable, CaseIterable {
    case open, read, write, sync, truncate, rename, remove, makeDirectory, close
}

/// Where tests make system calls fail. The product never arms it; an unarmed check is one relaxed atomic load.
package enum FaultInjection {
    /// Given the call and the path it works on, an `errno` to fail with, or `nil` to let the call through.
    package typealias Hook = @Sendable (SystemCall, String) -> CInt?

    private static let armed = Atomic<Bool>(false)
    private static let hook = Lock<Installed?>(nil)

    /// A closure lent out of a generic container is wrapped anew, and put back so, at every look: a struct is not.
    private struct Installed: Sendable {
        let hook: Hook
    }

    /// Installs `newHook`, or removes the present one with `nil`.
    package static func install(_ newHook: Hook?) {
        hook.withLock { $0 = newHook.map(Installed.init) }
        armed.store(newHook != nil, ordering: .releasing)
    }

    /// The `errno` that this call shall fail with, `nil` nearly always.
    static func fault(_ call: SystemCall, _ path: String) -> CInt? {
        guard armed.load(ordering: .acquiring) else { return nil }
        return hook.withLock { $0 }?.hook(call, path)
    }
}
