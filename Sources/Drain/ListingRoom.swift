import Platform

/// Room in memory for large listings and the checkpoints that they are compared with. Nobody waits for it: a session that
/// finds none ends, and its account has another turn later.
final class ListingRoom: Sendable {
    /// There is no room now.
    struct Full: Error {
        /// For which the session needs it.
        let lineCount: Int
    }

    private struct State {
        var left: Int
        var holderCount = 0
        /// Accounts that were told of their overrun.
        var told: Set<String> = []
    }

    /// What a line takes while it is compared, and the checkpoint that it is compared with.
    private static let lineByteCount = 250
    private static let checkpointByteCount = 180
    /// So much every session has anyway.
    private static let freeByteCount = 128 << 10

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
        private let account: String
        private var byteCount = 0

        init(of room: ListingRoom, for account: String) {
            self.room = room
            self.account = account
        }

        deinit { room.exchange(byteCount, for: 0) }

        /// Takes room for so much together, in place of what is held. Who holds alone may hold more than there is.
        /// - Parameter onOverrun: gets what is needed and what there is, in bytes, where this is too large even alone; once
        ///   for an account.
        /// - Throws: `Full`; what was held still is.
        func hold(
            lines: Int = 0, checkpoints: Int, onOverrun: (_ needed: Int, _ limit: Int) -> Void = { _, _ in }
        ) throws(Full) {
            guard let limit = room.byteLimit else { return }
            let sum = lines * ListingRoom.lineByteCount + checkpoints * ListingRoom.checkpointByteCount
            let needed = sum > ListingRoom.freeByteCount ? sum : 0
            guard room.exchange(byteCount, for: needed) else { throw Full(lineCount: lines) }
            byteCount = needed
            if needed > limit, room.isFirst(toTell: account) { onOverrun(needed, limit) }
        }
    }

    /// `false` where there is no room for what is wanted.
    @discardableResult
    private func exchange(_ held: Int, for wanted: Int) -> Bool {
        state.withLock { state in
            let otherCount = state.holderCount - (held > 0 ? 1 : 0)
            guard wanted <= held || state.left >= wanted - held || otherCount == 0 else { return false }
            state.left -= wanted - held
            state.holderCount = otherCount + (wanted > 0 ? 1 : 0)
            return true
        }
    }

    private func isFirst(toTell account: String) -> Bool { state.withLock { $0.told.insert(account).inserted } }
}
