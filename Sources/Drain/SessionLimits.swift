/// Where messages are deleted, a session is not to become so long that the loss of its QUIT undoes a night's deletions:
/// it ends in order, and another one goes on.
package struct SessionLimits: Sendable {
    package var messageCount = 5000
    package var octets: UInt64 = 512 << 20
    package var duration: Duration = .seconds(900)

    package init() {}

    /// - Parameters:
    ///   - messages: asked for so far.
    ///   - octets: received so far.
    func areReached(messages: Int, octets: UInt64, since start: ContinuousClock.Instant) -> Bool {
        messages >= messageCount || octets >= self.octets || start.duration(to: .now) >= duration
    }
}
