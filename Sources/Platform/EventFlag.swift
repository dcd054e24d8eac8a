import CLinux
import Glibc

/// A flag that waits in poll(2) can see: once raised, its descriptor is readable for good.
package final class EventFlag: Sendable {
    /// For `pollfd`, with `POLLIN`. Never read from.
    package let descriptor: CInt

    package init() throws(FileError) {
        descriptor = mc_event_descriptor()
        guard descriptor >= 0 else { throw FileError(call: .open, path: "an event descriptor", errorNumber: errno) }
    }

    deinit { close(descriptor) }

    /// Wakes everyone who waits for the flag, now or later.
    package func raise() { _ = eventfd_write(descriptor, 1) }

    package var isRaised: Bool {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&waiting, 1, 0) > 0
    }

    /// Waits for a descriptor or the flag, whichever comes first, until the deadline.
    /// - Parameter flag: `nil` waits for the descriptor alone.
    package static func wait(
        for descriptor: CInt, _ events: CInt = POLLIN, or flag: EventFlag?, until deadline: Deadline
    ) -> WaitOutcome {
        var waiting = [pollfd(fd: descriptor, events: Int16(events), revents: 0)]
        if let flag { waiting.append(pollfd(fd: flag.descriptor, events: Int16(POLLIN), revents: 0)) }
        while true {
            let count = poll(&waiting, nfds_t(waiting.count), deadline.pollMilliseconds)
            if waiting.count > 1, waiting[1].revents != 0 { return .raised }
            if waiting[0].revents != 0 { return .ready }
            if count <= 0, deadline.hasPassed { return .timedOut }
        }
    }
}

/// What a wait ended with.
package enum WaitOutcome: Sendable {
    /// The descriptor is ready, or broken: the next call on it tells.
    case ready
    case raised
    case timedOut
}
