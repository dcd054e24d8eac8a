import Platform

/// How much memory messages on their way may take together; what does not fit spools to disk.
package final class MemoryBudget: Sendable {
    private let left: Lock<Int>

    /// - Parameter byteLimit: for all messages in memory at one time.
    package init(byteLimit: Int) { left = Lock(byteLimit) }

    /// Bytes that one message holds of the budget, given back when it goes.
    struct Reservation: ~Copyable, Sendable {
        private let budget: MemoryBudget
        private(set) var byteCount = 0

        init(of budget: MemoryBudget) { self.budget = budget }

        deinit { budget.giveBack(byteCount) }

        /// Moves what is held into a reservation of its own.
        mutating func taken() -> Reservation {
            var other = Reservation(of: budget)
            swap(&self.byteCount, &other.byteCount)
            return other
        }

        /// Takes so many bytes more; `false` when they are not to be had.
        mutating func grow(to newByteCount: Int) -> Bool {
            guard newByteCount > byteCount else { return true }
            guard budget.take(newByteCount - byteCount) else { return false }
            byteCount = newByteCount
            return true
        }

        /// Gives all but `newByteCount` bytes back.
        mutating func shrink(to newByteCount: Int) {
            guard newByteCount < byteCount else { return }
            budget.giveBack(byteCount - newByteCount)
            byteCount = newByteCount
        }
    }

    private func take(_ byteCount: Int) -> Bool {
        left.withLock {
            guard $0 >= byteCount else { return false }
            $0 -= byteCount
            return true
        }
    }

    private func giveBack(_ byteCount: Int) { left.withLock { $0 += byteCount } }
}
