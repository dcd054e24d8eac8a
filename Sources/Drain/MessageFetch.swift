import Archive
import Catalog
import Mail
import Manifest
import POP
import Platform
import Transport

/// Fetches the messages that are still to be had, and hands them to the committer.
///
/// A message is handed on at once when it is known to be the answer to its command: in a pipeline, where each is guarded
/// (see `RetrievalPipeline`), and elsewhere when its size is the listed one and its bytes are new to the account. Any other
/// answer is held until STAT answers as it did. Bytes that the account has already, and that have not the listed size,
/// count when they come twice: a server may answer with another message. So no message is ever filed under the unique-id
/// of another.
struct MessageFetch {
    /// What a server answers to RETR.
    private enum Answer {
        case message(IncomingMessage)
        case refusal(Refusal)

        var octets: UInt64 {
            switch self {
            case .message(let message): message.size
            case .refusal: 0
            }
        }
    }

    /// An answer that is not acted on yet.
    private struct Held {
        let index: Int
        let answer: Answer
    }

    /// Refusals of messages, one behind the other, after which a session gives up.
    private static let refusalLimit = 100
    /// Strikes after which the run goes on without a message: a session that breaks at it while nothing else was asked
    /// for says more than one that breaks in the middle.
    private static let strikeLimit = 4
    private static let wholeStrike = 2
    private static let halfStrike = 1
    private static let heldCountLimit = 32
    private static let heldOctetLimit: UInt64 = 512 << 10

    private let account: Account
    private let context: JobContext
    private let progress: AccountProgress
    private let record: GroupRecord.Account
    private(set) var memory: AccountMemory
    /// By unique-id, with the runs in which they could not be had.
    private let quarantined: [[UInt8]: Int]
    private let proof: GroupRecord.Proof
    private var notes: AccountNotes
    private var held: [Held] = []
    private var heldOctets: UInt64 = 0
    /// Messages of this session that were answered in full.
    private var answeredCount = 0
    private var refusedInARow = 0
    private var doubts = Doubts()
    /// A refusal that will pass: nothing more is asked for in this session.
    private var pendingRefusal: Refusal?

    /// - Parameter servesOriginals: see `AccountLogin.Success`.
    init(
        _ account: Account, _ context: JobContext, _ progress: AccountProgress, _ memory: AccountMemory,
        quarantined: [[UInt8]: Int], servesOriginals: Bool
    ) {
        self.quarantined = quarantined
        proof = servesOriginals ? .content : .header
        self.account = account
        self.context = context
        self.progress = progress
        self.memory = memory
        record = GroupRecord.Account(account)
        notes = AccountNotes(record)
    }

    /// Runs until all is fetched, the job is stopped, or a limit of the session is reached.
    /// - Throws: what ended the session; what was handed on before stays.
    mutating func run(_ work: inout MaildropWork, _ line: SessionLine) async throws {
        let order = order(&work)
        let start = ContinuousClock.now
        let facts = context.hosts[account]
        var pipeline = RetrievalPipeline(
            order, of: work.entries, line, octetLimit: facts.octetLimit, isProven: facts.isPipeliningProven)
        defer {
            context.hosts.update(account) {
                $0.octetLimit = pipeline.octetLimit
                // Another session with the host may have proven it meanwhile.
                if pipeline.isProven { $0.isPipeliningProven = true }
            }
        }
        do {
            try await fetch(&pipeline, &work, line, since: start)
        } catch {
            try? await context.committer.add(notes)
            throw error
        }
        try await context.committer.add(notes)
        if let pendingRefusal { throw pendingRefusal }
    }

    /// The messages to ask for. Those that could not be had before come behind the others, so that they keep none; behind
    /// them those without a name that an earlier session of the run may have had.
    private func order(_ work: inout MaildropWork) -> [Int] {
        var (first, doubtful, seen): ([Int], [Int], [Int]) = ([], [], [])
        for index in work.entries.indices where work.fates[index] == .left {
            let entry = work.entries[index]
            let key = MessageKey(entry)
            if memory.givenUp.contains(key) {
                work.set(index, .quarantined)
            } else if memory.received.contains(key) {
                seen.append(index)
            } else if isSuspect(entry) || (entry.isNameTrusted && quarantined[entry.uniqueID.bytes] != nil) {
                doubtful.append(index)
            } else {
                first.append(index)
            }
        }
        return first + doubtful + seen
    }

    private mutating func fetch(
        _ pipeline: inout RetrievalPipeline, _ work: inout MaildropWork, _ line: SessionLine,
        since start: ContinuousClock.Instant
    ) async throws {
        let limits = account.deletion == .never ? nil : context.sessionLimits
        var askedCount = 0
        let isGuarded = pipeline.isGuarded
        while true {
            do {
                try pipeline.ask { index, underWay in
                    let last = underWay.last.map { work.entries[$0] }
                    guard mayAsk(for: work.entries[index], behind: last, isGuarded: isGuarded) else {
                        return false
                    }
                    if limits?.areReached(messages: askedCount, octets: work.octets, since: start) ?? false {
                        work.isCutShort = true
                        return false
                    }
                    askedCount += 1
                    return true
                }
            } catch {
                strikeHeld(work, error)
                throw error
            }
            guard let index = pipeline.first else {
                if held.isEmpty { return }
                try await settleHeld(&work, line, &pipeline)
                continue
            }
            do {
                let answer = try receive(index, &work, line, isGuarded: pipeline.isGuarded)
                switch try await act(at: index, answer, &work, line, pipeline) {
                case .done: pipeline.removeFirst(isServed: true)
                case .putBack:
                    pipeline.removeFirst(isServed: false)
                    pipeline.putBack(index)
                case .hold:
                    held.append(Held(index: index, answer: answer))
                    heldOctets += answer.octets
                    pipeline.removeFirst(isServed: false)
                }
            } catch {
                blame(index, work, line, error, pipeline)
                throw error
            }
        }
    }

    /// Whether one more message may be asked for, behind the last one under way. One that is suspected of having broken a
    /// session is asked for alone, so that next time it is known whether it was.
    private func mayAsk(
        for entry: MaildropListing.Entry, behind last: MaildropListing.Entry?, isGuarded: Bool
    ) -> Bool {
        guard !context.stop.isRequested, pendingRefusal == nil, held.count < Self.heldCountLimit,
            heldOctets < Self.heldOctetLimit, !holdsTemporaryRefusal
        else { return false }
        guard held.isEmpty || (!isGuarded && !isSuspect(entry)) else { return false }
        guard let last else { return true }
        return !isSuspect(entry) && !isSuspect(last)
    }

    private func isSuspect(_ entry: MaildropListing.Entry) -> Bool { memory.strikes[MessageKey(entry)] != nil }

    // MARK: - Receiving

    private mutating func receive(
        _ index: Int, _ work: inout MaildropWork, _ line: SessionLine, isGuarded: Bool
    ) throws -> Answer {
        let entry = work.entries[index]
        let reply = try line.replyToMessage(entry, isGuarded: isGuarded)
        guard reply.isOK else {
            if isGuarded { try line.readScan(of: entry) }
            answeredCount += 1
            return .refusal(Refusal(what: "message \(entry.number)", reply))
        }
        let receiver = MessageReceiver(
            spoolDirectory: context.layout.root, budget: context.budget, expectedOctets: entry.octets)
        try line.body(of: entry) {
            try receiver.append($0)
            progress.add(octets: $0.count)
        }
        let message = try receiver.finish()
        if isGuarded { try line.readScan(of: entry) }
        answeredCount += 1
        work.octets += message.size
        return .message(message)
    }

    /// What becomes of an answer.
    private enum Outcome { case done, hold, putBack }

    private mutating func act(
        at index: Int, _ answer: Answer, _ work: inout MaildropWork, _ line: SessionLine,
        _ pipeline: RetrievalPipeline
    ) async throws -> Outcome {
        let isAlone = pipeline.underWay.count == 1
        let isStray = isAlone && line.client.hasUnread
        switch answer {
        case .refusal(let refusal):
            guard pipeline.isGuarded || (isAlone && !isStray && held.isEmpty) else { return .hold }
            refuse(index, &work, refusal)
            try restIfAllIsRefused(refusal)
            return .done
        case .message(let message):
            let isListedSize = work.entries[index].octets == message.size
            guard pipeline.isGuarded || (isListedSize && !isStray && held.isEmpty) else { return .hold }
            let isTaken = try await handOn(
                index, message, &work, line, isIdle: isAlone, isInStep: pipeline.isGuarded)
            return isTaken ? .done : pipeline.isGuarded ? .putBack : .hold
        }
    }

    /// - Parameters:
    ///   - isIdle: nothing is under way.
    ///   - isInStep: replies and commands are known to be in step.
    /// - Returns: `false` when it has to be held, or, in step, asked for once more.
    private mutating func handOn(
        _ index: Int, _ message: IncomingMessage, _ work: inout MaildropWork, _ line: SessionLine, isIdle: Bool,
        isInStep: Bool
    ) async throws -> Bool {
        let entry = work.entries[index]
        let isListedSize = entry.octets.map { $0 == message.size } ?? true
        let isProved = isInStep && (isListedSize || doubts.confirm(message.digest, for: index))
        let (committer, record, proof) = (context.committer, record, proof)
        @Sendable func add() async throws -> Committer.Disposition {
            try await committer.add(message, as: entry.name, account: record, proof: proof, isProved: isProved)
        }
        let (disposition, failure) =
            isIdle
            ? try await line.client.outcome(silence: account.timeouts.silence, add) : (try await add(), nil)
        switch disposition {
        case .archived(let savedOctets):
            work.set(index, .archived, message.digest)
            work.savedOctets += savedOctets
        case .duplicate:
            work.set(index, .duplicate, message.digest)
            work.savedOctets += message.size
        case .unproved:
            if let failure { throw failure }
            // A server that answers something else each time is not asked for ever.
            guard isInStep, doubts.add(message.digest, for: index),
                strike(entry, "the server answers with another message each time", Self.wholeStrike)
            else { return false }
            work.set(index, .quarantined)
            progress.addMessage()
            return true
        }
        refusedInARow = 0
        progress.addMessage()
        if !entry.isNameTrusted { memory.received.insert(MessageKey(entry)) }
        if entry.isNameTrusted, let tries = quarantined[entry.uniqueID.bytes] { note(entry, tries: tries, reason: nil) }
        if let failure { throw failure }
        return true
    }

    /// Acts on what is held, once it is sure that replies and commands are in step.
    private mutating func settleHeld(
        _ work: inout MaildropWork, _ line: SessionLine, _ pipeline: inout RetrievalPipeline
    ) async throws {
        do { try line.checkStep() } catch {
            strikeHeld(work, error)
            noteBrokenPipelining(line, error, inFlightCount: held.count)
            throw error
        }
        for one in held {
            switch one.answer {
            case .message(let message):
                let isTaken = try await handOn(one.index, message, &work, line, isIdle: true, isInStep: true)
                if !isTaken { pipeline.putBack(one.index) }
            case .refusal(let refusal): refuse(one.index, &work, refusal)
            }
        }
        if case .refusal(let refusal)? = held.last?.answer { try restIfAllIsRefused(refusal) }
        held.removeAll()
        heldOctets = 0
    }

    private mutating func strikeHeld(_ work: MaildropWork, _ error: any Error) {
        let weight = held.count == 1 && answeredCount == 1 ? Self.wholeStrike : Self.halfStrike
        for one in held { strike(work.entries[one.index], "\(error)", weight) }
    }

    private var holdsTemporaryRefusal: Bool {
        held.contains { if case .refusal(let refusal) = $0.answer { refusal.isTemporary } else { false } }
    }

    // MARK: - Messages that cannot be had

    /// One message that a server cannot give must not keep those behind it; a server that gives none may rest.
    private mutating func refuse(_ index: Int, _ work: inout MaildropWork, _ refusal: Refusal) {
        let entry = work.entries[index]
        refusedInARow += 1
        if refusal.isTemporary {
            // It asks to wait; but twice for one message means that message. Those behind it are only refused with it.
            guard pendingRefusal == nil else { return }
            if !strike(entry, "\(refusal)", Self.wholeStrike) {
                pendingRefusal = refusal
                return
            }
        } else {
            giveUp(entry, "\(refusal)")
        }
        work.set(index, .quarantined)
        progress.addMessage()
    }

    private func restIfAllIsRefused(_ refusal: Refusal) throws {
        if pendingRefusal == nil, refusedInARow >= Self.refusalLimit { throw refusal }
    }

    /// Who is to blame for a session that broke.
    private mutating func blame(
        _ index: Int, _ work: MaildropWork, _ line: SessionLine, _ error: any Error, _ pipeline: RetrievalPipeline
    ) {
        guard !context.stop.isRequested, work.fates[index] == .left else { return }
        let entry = work.entries[index]
        switch error {
        case let failure as AccountFailure where failure.kind == .retry: giveUp(entry, "\(failure)")
        case is POPError, is TransportError:
            // What is held may have brought the replies out of step, or it is the message that was waited for.
            if !Self.isBrokenConnection(error) {
                for one in held { strike(work.entries[one.index], "\(error)", Self.halfStrike) }
            }
            strike(entry, "\(error)", answeredCount == 0 ? Self.wholeStrike : Self.halfStrike)
            noteBrokenPipelining(line, error, inFlightCount: pipeline.underWay.count)
        default: return
        }
    }

    private static func isBrokenConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as POPError: error.code == .endedInsideReply
        case let error as TransportError: error.code == .closed
        default: false
        }
    }

    /// Nonsense or silence while several commands were under way: the next session sends one at a time.
    private func noteBrokenPipelining(_ line: SessionLine, _ error: any Error, inFlightCount: Int) {
        guard line.isPipelining, inFlightCount > 1, !Self.isBrokenConnection(error) else { return }
        context.hosts.update(account) { $0.isPipeliningBroken = true }
    }

    /// Counts a session that broke at a message, which later ones try last and alone.
    /// - Returns: whether it was one too many.
    @discardableResult
    private mutating func strike(_ entry: MaildropListing.Entry, _ reason: String, _ weight: Int) -> Bool {
        let key = MessageKey(entry)
        memory.strikes[key, default: 0] += weight
        guard memory.strikes[key]! >= Self.strikeLimit else {
            noteFailure(of: entry, reason)
            return false
        }
        giveUp(entry, reason)
        return true
    }

    private mutating func giveUp(_ entry: MaildropListing.Entry, _ reason: String) {
        guard memory.givenUp.insert(MessageKey(entry)).inserted else { return }
        context.observer.handle(
            .messageFailed(account: account.name, number: "\(entry.number)", reason: reason))
        noteFailure(of: entry, reason)
    }

    /// Puts a message in quarantine; its tries count once in a run.
    private mutating func noteFailure(of entry: MaildropListing.Entry, _ reason: String) {
        guard entry.isNameTrusted else { return }
        let key = MessageKey(entry)
        let tries = memory.tries[key] ?? (quarantined[entry.uniqueID.bytes] ?? 0) + 1
        memory.tries[key] = tries
        note(entry, tries: tries, reason: reason)
    }

    private mutating func note(_ entry: MaildropListing.Entry, tries: Int, reason: String?) {
        notes.quarantines.append(
            GroupRecord.Quarantine(
                account: account.name, uniqueID: entry.uniqueID.bytes, tries: tries, reason: reason,
                time: WallClock.now()))
    }
}
