/// Where a segment's bytes lie: inflate the members of `file` from `memberOffset` on, skip `innerOffset` bytes, and the
/// next `length` bytes are the segment. A large one goes on in the members that follow.
package struct Place: Sendable, Hashable {
    /// Relative to the archive's root.
    package let file: String
    /// Where the first member begins in the file, in bytes.
    package let memberOffset: UInt64
    /// In the inflated bytes of the first member.
    package let innerOffset: UInt32
    /// In bytes, as stored: in an mbox, `From ` lines are quoted.
    package let length: UInt64

    package init(file: String, memberOffset: UInt64, innerOffset: UInt32, length: UInt64) {
        self.file = file
        self.memberOffset = memberOffset
        self.innerOffset = innerOffset
        self.length = length
    }
}
