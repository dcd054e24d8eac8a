/// What happens to a message on the server once it is archived: `delete` in the manifest.
package enum DeletionPolicy: Sendable, Hashable {
    /// It stays: `"never"`.
    case never
    /// It goes as soon as its archived copy is proved: `"archived"`.
    case archived
    /// It goes when so many days have passed since it was first archived: `"30 days"`.
    case afterDays(Int)

    /// A hundred years.
    private static let dayLimit = 36_525

    /// `nil` for any other text.
    init?(_ text: String) {
        switch text {
        case "never": self = .never
        case "archived": self = .archived
        default:
            guard let quantity = Quantity(text), ["day", "days", "d"].contains(quantity.unit),
                (1...UInt64(Self.dayLimit)).contains(quantity.number)
            else { return nil }
            self = .afterDays(Int(quantity.number))
        }
    }

    /// The latest time, in seconds since 1970, at which a message must have been archived to go now; `nil` when none may.
    package func latestArchived(now: Int64) -> Int64? {
        switch self {
        case .never: nil
        case .archived: .max
        case .afterDays(let days): now - Int64(days) * 86_400
        }
    }
}
