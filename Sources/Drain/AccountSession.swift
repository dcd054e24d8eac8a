import Archive
import Catalog
import Manifest
import POP
import Platform
import Transport

/// The drain of one maildrop: log in, compare, fetch what is new, wait until it is durable, quit.
///
/// Runs on a thread of its own (see `Schedule`), since every wait on the socket blocks.
struct AccountSession {
    /// RETR commands under way where the server offers PIPELINING.
    private static let pipelineCommandLimit = 32
    /// Refusals of messages, one behind the other, after which a session gives up.
    private static let refusalLimit = 10
    /// The largest message; a body that goes on beyond it has lost its terminator. ustar ends at 8 GiB.
    private static let messageOctetLimit: UInt64 = 4 << 30

    let account: Account
    let context: JobContext
    let progress: AccountProgress

    /// Never throws: a failure is part of the report.
    func run() async -> AccountReport {
        let start = ContinuousClock.now
        var result = GroupRecord.Result(account: account.name)
        let handle = HandleSlot()
        defer { handle.value.map(context.stop.remove) }
        var failure: AccountFailure?
        do {
            try await drain(&result, handle)
        } catch {
            failure = AccountFailure(error, during: progress.phase.step)
            if context.stop.isRequested, failure?.kind != .localDisk {
                failure = .stopped
            }
            await settleRest(&result)
        }
        result.seconds = start.duration(to: .now).inSeconds
        result.error = failure.map { "\($0)" }
        progress.enter(.finished)
        return AccountReport(result: result, failure: failure)
    }

    private func drain(_ result: inout GroupRecord.Result, _ handle: HandleSlot) async throws {
        let login = try AccountLogin(account, stop: context.stop.flag) {
            handle.value = $0
            context.stop.add($0)
        }.run(entering: progress.enter)
        let client = login.client
        context.stop.begin(client.handle)
        progress.enter(.listing)
        let checkpoints = try context.catalog.checkpoints(account: GroupRecord.Account(account))
        let listing = try MaildropListing(client, login.capabilities, checkpoints: checkpoints)
        result.listed = listing.listedCount
        result.alreadyArchived = listing.knownCount
        progress.expect(messages: listing.new.count, octets: listing.expectedOctets)
        context.observer.handle(
            .accountListed(account: account.name, listed: listing.listedCount, new: listing.new.count))
        progress.enter(.receiving)
        try await receive(listing.new, client, login.capabilities, &result)
        progress.enter(.committing)
        try await context.committer.settle()
        // Nothing was deleted, so a QUIT that fails costs nothing.
        _ = try? client.exchange(.quit)
        if context.stop.isRequested, result.alreadyArchived + result.archived + result.duplicates < result.listed {
            throw CancellationError()
        }
    }

    private func receive(
        _ new: [MaildropListing.Entry], _ client: POPClient, _ capabilities: Capabilities,
        _ result: inout GroupRecord.Result
    ) async throws {
        var window = PipelineWindow(commandLimit: capabilities.pipelining ? Self.pipelineCommandLimit : 1)
        var toSend = new[...]
        var toReceive = new[...]
        var refusedInARow = 0
        while true {
            var commands: [Command] = []
            while !context.stop.isRequested, let next = toSend.first, window.admits(next.octets ?? 0) {
                commands.append(.retrieve(next.number))
                window.add(next.octets ?? 0)
                toSend.removeFirst()
            }
            if !commands.isEmpty { try client.send(commands) }
            guard toReceive.startIndex < toSend.startIndex, let entry = toReceive.popFirst() else { return }
            try await receive(entry, client, &refusedInARow, &result)
            window.removeFirst()
        }
    }

    private func receive(
        _ entry: MaildropListing.Entry, _ client: POPClient, _ refusedInARow: inout Int,
        _ result: inout GroupRecord.Result
    ) async throws {
        let reply = try client.reply(.body)
        guard reply.isOK else {
            let refusal = Refusal(what: "message \(entry.number)", reply)
            result.failed += 1
            refusedInARow += 1
            // One message that a server cannot give must not keep those behind it; a server that gives none may rest.
            guard refusedInARow < Self.refusalLimit else { throw refusal }
            progress.addMessage()
            context.observer.handle(
                .messageFailed(account: account.name, number: "\(entry.number)", reason: "\(refusal)"))
            return
        }
        refusedInARow = 0
        let receiver = MessageReceiver(
            spoolDirectory: context.layout.root, budget: context.budget, expectedOctets: entry.octets)
        try client.body {
            try receiver.append($0)
            progress.add(octets: $0.count)
            guard receiver.byteCount <= Self.messageOctetLimit else { throw Self.tooLarge(entry) }
        }
        let message = try receiver.finish()
        let disposition = try await context.committer.add(
            message, uniqueID: entry.uniqueID.bytes, account: GroupRecord.Account(account))
        result.octets += message.size
        switch disposition {
        case .archived(let savedOctets):
            result.archived += 1
            result.savedOctets += savedOctets
        case .duplicate:
            result.duplicates += 1
            result.savedOctets += message.size
        }
        progress.addMessage()
    }

    private static func tooLarge(_ entry: MaildropListing.Entry) -> AccountFailure {
        AccountFailure(
            .refused, "message \(entry.number) goes on beyond \(messageOctetLimit) octets",
            remedy: "it may lack its terminator: look at it on the server")
    }

    /// After a failure: what was received whole is kept, and counts only if it becomes durable.
    private func settleRest(_ result: inout GroupRecord.Result) async {
        do { try await context.committer.settle() } catch {
            (result.archived, result.duplicates, result.savedOctets) = (0, 0, 0)
        }
        result.failed = max(0, result.listed - result.alreadyArchived - result.archived - result.duplicates)
    }
}

/// Holds the socket of a session once there is one.
private final class HandleSlot {
    var value: SocketHandle?
}

extension GroupRecord.Account {
    init(_ account: Account) {
        self.init(name: account.name, host: account.host, port: account.port, user: account.user)
    }
}
