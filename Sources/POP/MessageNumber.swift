/// The number of a message in one session: from 1, fixed until QUIT, meaningless afterwards (RFC 1939, section 5).
package struct MessageNumber: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: UInt32

    package init(_ value: UInt32) { self.value = value }

    package var description: String { String(value) }

    package static func < (one: Self, other: Self) -> Bool { one.value < other.value }
}
