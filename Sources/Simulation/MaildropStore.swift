import Platform

/// The maildrops of a server, shared by its sessions and its test.
final class MaildropStore: Sendable {
    private struct Shelf {
        var maildrop: SimulatedMaildrop
        var generation = 0
        var openCount = 0
        var events: [MaildropEvent] = []
    }

    private let shelves: Lock<[String: Shelf]>
    private let loginInterval: Duration
    private let nextLogin = Lock(ContinuousClock.now)

    init(_ maildrops: [String: SimulatedMaildrop], _ habits: ServerHabits) {
        loginInterval = .seconds(habits.loginIntervalSeconds ?? 0)
        shelves = Lock(maildrops.mapValues { Shelf(maildrop: $0) })
    }

    enum Login {
        case opened(OpenMaildrop)
        case refused
        case inUse
        case tooSoon
    }

    func open(user: String, password: [UInt8], servesOriginals: Bool) -> Login {
        shelves.withLock { shelves in
            guard let shelf = shelves[user], Array(shelf.maildrop.password.utf8) == password else { return .refused }
            if shelf.maildrop.isExclusive, shelf.openCount > 0 { return .inUse }
            guard mayLogIn() else { return .tooSoon }
            shelves[user]!.openCount += 1
            return .opened(
                OpenMaildrop(
                    user: user, generation: shelf.generation, maildrop: shelf.maildrop,
                    servesOriginals: servesOriginals))
        }
    }

    /// Notes the login where it may be.
    private func mayLogIn() -> Bool {
        nextLogin.withLock { next in
            let now = ContinuousClock.now
            guard now >= next else { return false }
            next = now + loginInterval
            return true
        }
    }

    func close(_ open: OpenMaildrop) {
        shelves.withLock { $0[open.user]?.openCount -= 1 }
    }

    /// The UPDATE state: removes what is marked, and moves a window on.
    func update(_ open: OpenMaildrop) {
        shelves.withLock { shelves in
            guard var shelf = shelves[open.user] else { return }
            if shelf.maildrop.windowMessageLimit != nil {
                for number in open.retrieved {
                    guard let position = Self.position(of: number, in: open, shelf) else { continue }
                    shelf.maildrop.messages[position].isHidden = true
                }
            }
            let positions = Set(open.deleted.compactMap { Self.position(of: $0, in: open, shelf) })
            if !positions.isEmpty {
                shelf.events += positions.sorted().map {
                    MaildropEvent(kind: .deleted, message: shelf.maildrop.messages[$0])
                }
                shelf.maildrop.messages = shelf.maildrop.messages.enumerated()
                    .filter { !positions.contains($0.offset) }.map(\.element)
                shelf.generation += 1
            }
            shelves[open.user] = shelf
        }
    }

    /// Where a session's message stands now; nil when it is gone.
    private static func position(of number: Int, in open: OpenMaildrop, _ shelf: Shelf) -> Int? {
        if open.generation == shelf.generation { return open.positions[number - 1] }
        let wanted = open.messages[number - 1]
        return shelf.maildrop.messages.firstIndex {
            $0.uniqueID == wanted.uniqueID && $0.content == wanted.content
        }
    }

    /// Removes one message in the middle of a session.
    func remove(_ number: Int, of open: OpenMaildrop) {
        shelves.withLock { shelves in
            guard let shelf = shelves[open.user], let position = Self.position(of: number, in: open, shelf) else {
                return
            }
            let message = shelves[open.user]!.maildrop.messages.remove(at: position)
            shelves[open.user]!.generation += 1
            shelves[open.user]!.events.append(MaildropEvent(kind: .deleted, message: message))
        }
    }

    func note(_ kind: MaildropEvent.Kind, _ number: Int, of open: OpenMaildrop) {
        let event = MaildropEvent(kind: kind, message: open.messages[number - 1])
        shelves.withLock { $0[open.user]?.events.append(event) }
    }

    func events(_ user: String) -> [MaildropEvent] { shelves.withLock { $0[user]?.events ?? [] } }

    func maildrop(_ user: String) -> SimulatedMaildrop? { shelves.withLock { $0[user]?.maildrop } }

    func replace(_ user: String, with maildrop: SimulatedMaildrop?) {
        shelves.withLock { shelves in
            guard let maildrop else { return shelves[user] = nil }
            shelves[user, default: Shelf(maildrop: maildrop)].maildrop = maildrop
            shelves[user]!.generation += 1
        }
    }

    func mutate<Failure: Error>(
        _ user: String, _ body: (inout SimulatedMaildrop) throws(Failure) -> Void
    ) throws(Failure) {
        try shelves.withLock { (shelves) throws(Failure) in
            guard shelves[user] != nil else { preconditionFailure("no maildrop of \(user)") }
            try body(&shelves[user]!.maildrop)
            shelves[user]!.generation += 1
        }
    }
}
