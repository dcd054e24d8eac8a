import Glibc

/// State behind a lock, for moments that need no waiting: `Monitor` is for those that do.
///
/// It stands in place of `Synchronization.Mutex`, which is no faster and hides from ThreadSanitizer: that does not know
/// its futex calls, and reports every access behind it as a race.
///
/// `@unchecked Sendable`: `state` is touched only between lock and unlock of `mutex`.
package final class Lock<State>: @unchecked Sendable {
    private let state = UnsafeMutablePointer<State>.allocate(capacity: 1)
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    package init(_ state: State) {
        self.state.initialize(to: state)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Reads or changes the state. The body must not ask for the same lock.
    package func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state.pointee)
    }
}
