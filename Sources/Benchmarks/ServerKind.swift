import ArgumentParser
import Simulation

/// What a simulated server holds, and so what is measured against it.
enum ServerKind: String, CaseIterable, ExpressibleByArgument {
    /// Generated mail, dealt to the accounts in turn.
    case mail
    /// 250 messages of 2 kB in each account.
    case small
    /// Ten messages of 400 octets in each account.
    case few
    /// 50,000 messages of 400 octets in each account.
    case many
    /// Accounts whose session stalls once it is logged in.
    case idle
    /// One message of 2 * 10^9 bytes in each account.
    case giant
    /// A million messages in each account, of which none is sent.
    case million

    static func user(_ number: Int) -> String { "user\(number)" }
    static let password = "secret"

    func maildrops(accounts: Int, seed: UInt64, byteCount: Int) -> [String: SimulatedMaildrop] {
        var maildrops: [SimulatedMaildrop]
        switch self {
        case .mail:
            maildrops = Array(repeating: SimulatedMaildrop(password: Self.password), count: accounts)
            var sample = SampleMail(seed: seed)
            for (index, message) in sample.messages(byteCount: byteCount).enumerated() {
                maildrops[index % accounts].messages.append(
                    SimulatedMessage(uniqueID: "u\(index)", content: .bytes(message)))
            }
        case .small: maildrops = Self.generated(accounts, seed, count: 250, byteCounts: 1_500...2_500)
        case .few: maildrops = Self.generated(accounts, seed, count: 10, byteCounts: 400...400)
        case .many: maildrops = Self.generated(accounts, seed, count: 50_000, byteCounts: 400...400)
        case .idle: maildrops = Array(repeating: SimulatedMaildrop(password: Self.password), count: accounts)
        case .million: maildrops = Self.generated(accounts, seed, count: 1_000_000, byteCounts: 2_000...2_000)
        case .giant:
            maildrops = Self.generated(accounts, seed, count: 1, byteCounts: 2_000_000_000...2_000_000_000)
        }
        return Dictionary(uniqueKeysWithValues: maildrops.enumerated().map { (Self.user($0.offset), $0.element) })
    }

    private static func generated(
        _ accounts: Int, _ seed: UInt64, count: Int, byteCounts: ClosedRange<Int64>
    ) -> [SimulatedMaildrop] {
        (0..<accounts).map {
            .generated(seed: seed &+ UInt64($0), count: count, byteCounts: byteCounts, password: password)
        }
    }

    var script: FaultScript {
        switch self {
        case .idle: [FaultRule(.command("STAT"), .stall)]
        case .million: [FaultRule(.command("RETR"), .stall)]
        default: .none
        }
    }
}
