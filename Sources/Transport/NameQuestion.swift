import Glibc
import Platform

/// A question to the name service that can be given up: it is asked on a thread of its own, as the calls of glibc cannot
/// be interrupted, and that thread is left behind when the answer comes too late.
final class NameQuestion<Answer: Sendable>: Sendable {
    private let answer = Lock<Result<Answer, TransportError>?>(nil)
    private let isDone: EventFlag

    private init() throws(FileError) { isDone = try EventFlag() }

    /// What `body`, which asks the name service, gives.
    /// - Parameter peer: on whose behalf, for the words of an error.
    /// - Throws: `.timedOut(.connect)` at the deadline, `.stopped` once the flag is raised, what `body` throws.
    static func ask(
        for peer: String, deadline: Deadline, stop: EventFlag?,
        _ body: @escaping @Sendable () throws(TransportError) -> Answer
    ) throws(TransportError) -> Answer {
        if stop?.isRaised == true { throw .stopped(peer) }
        let question: NameQuestion
        do { question = try NameQuestion() } catch { throw TransportError(.connectFailed, peer, "\(error)") }
        _ = Thread(name: "lookup", stackByteCount: 256 << 10) {
            let result = Result { () throws(TransportError) in try body() }
            question.answer.withLock { $0 = result }
            question.isDone.raise()
        }
        switch EventFlag.wait(for: question.isDone.descriptor, or: stop, until: deadline) {
        case .raised: throw .stopped(peer)
        case .timedOut:
            throw TransportError(
                .timedOut(.connect), peer,
                "the name service does not answer: try again later; `connect-timeout` bounds the wait")
        case .ready:
            guard let result = question.answer.withLock({ $0 }) else { preconditionFailure("done without an answer") }
            return try result.get()
        }
    }
}
