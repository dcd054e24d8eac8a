import POP

/// Says NOOP now and then while something long is done between two commands, since servers close sessions that say
/// nothing. Nothing may be under way.
struct KeepAlive {
    private let client: POPClient
    private let silence: Duration
    private var lastWord = ContinuousClock.now

    /// - Parameter silence: the longest time without a word.
    init(_ client: POPClient, silence: Duration) {
        self.client = client
        self.silence = silence
    }

    /// - Throws: what ended the session.
    mutating func speak() throws {
        guard lastWord.duration(to: .now) > silence else { return }
        _ = try client.exchange(.noop)
        lastWord = .now
    }
}
