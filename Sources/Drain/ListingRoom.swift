import Platform

/// Room in memory for large listings and the checkpoints that they are compared with: two that do not fit together go one
/// after the other.
final class ListingRoom: Sendable {
    private struct State {
        var left: Int
        var holderCount = 0
    }

    /// What a line takes while it is compared, and the checkpoint that it is compared with.
    private static let lineByteCount = 250
    private static let checkpointByteCount = 180
    /// So much every session has anyway.
    private static let freeByteCount = 128 << 10
    private static let pause = 50

    /// For all sessions together; `nil` is any number.
    let byteLimit: Int?
    private let state: Lock<State>

    init(byteLimit: Int?) {
        self.byteLimit = byteLimit
        state = Lock(State(left: byteLimit ?? .max))
    }

    /// What one session holds of the room, given back when it goes.
    final class Share {
        private let room: ListingRoom
        private var byteCount = 0

        init(of room: ListingRoom) { self.room = room }

        deinit { giveBack() }

        /// Waits for room, having given back what it held.
        /// - Parameters:
        ///   - onOverrun: gets what is needed and what there is, in bytes, where this is too large even alone.
        ///   - isStopped: ends the wait.
        /// - Throws: `CancellationError`.
        func hold(
            lines: Int = 0, checkpoints: Int, onOverrun: (_ needed: Int, _ limit: Int) -> Void = { _, _ in },
            isStopped: () -> Bool
        ) throws {
            giveBack()
            let needed = lines * ListingRoom.lineByteCount + checkpoints * ListingRoom.checkpointByteCount
            guard let limit = room.byteLimit, needed > ListingRoom.freeByteCount else { return }
            while !room.take(needed) {
                guard !isStopped() else { throw CancellationError() }
                Process.sleep(milliseconds: ListingRoom.pause)
            }
            byteCount = needed
            if needed > limit { onOverrun(needed, limit) }
        }

        private func giveBack() {
            if byteCount > 0 { room.giveBack(byteCount) }
            byteCount = 0
        }
    }

    /// `false` where there is no room. Who holds it alone may hold more than there is.
    private func take(_ byteCount: Int) -> Bool {
        state.withLock { state in
            guard state.left >= byteCount || state.holderCount == 0 else { return false }
            state.left -= byteCount
            state.holderCount += 1
            return true
        }
    }

    private func giveBack(_ byteCount: Int) {
        state.withLock { state in
            state.left += byteCount
            state.holderCount -= 1
        }
    }
}
