/// A place, and the version of its file that it is meant for.
package struct CommittedPlace: Sendable, Equatable {
    package let place: Place
    /// The length of the file that was sealed, in bytes: one that was repacked since has another. `nil` while the file
    /// is not sealed.
    package let sealedLength: UInt64?

    package init(_ place: Place, sealedLength: UInt64?) {
        self.place = place
        self.sealedLength = sealedLength
    }
}
