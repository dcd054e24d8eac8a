import Archive
import ArgumentParser
import Catalog
import Mail
import Platform
import Retrieval

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one message: its headers and text, or its exact bytes.")

    /// Larger messages can be had with --raw only.
    private static let textByteLimit = 64 << 20

    @OptionGroup var options: ArchiveOptions

    @Argument(help: "The message's ID, or its first digits: see list and search.")
    var id: String

    @Flag(name: .long, help: "The exact bytes that the server sent.")
    var raw = false

    func run() async throws {
        try await reporting {
            let reader = try ArchiveReader(options.layout)
            let digest = try message(reader.catalog)
            if raw {
                try reader.read(digest) { _ = Terminal.writeToStandardOutput($0) }
            } else {
                let bytes = try reader.contents(of: digest, byteLimit: Self.textByteLimit)
                Output.write(bytes.withUnsafeBytes { Self.text(ReadableMessage(message: $0)) })
            }
        }
    }

    private func message(_ catalog: Catalog) throws -> Digest {
        let found = try catalog.digests(withPrefix: id, limit: 2)
        guard let digest = found.first else {
            throw ArchiveError(.missing, options.archive, "there is no message whose ID begins with \"\(id)\"")
        }
        guard found.count == 1 else {
            throw ArchiveError(.missing, options.archive, "several IDs begin with \"\(id)\": give more digits")
        }
        return digest
    }

    private static func text(_ message: ReadableMessage) -> String {
        var result = message.headers.map { "\($0.name): \($0.value)\n" }.joined() + "\n" + message.text
        if !result.hasSuffix("\n") { result += "\n" }
        if message.isTextCut { result += "[cut: --raw has all of it]\n" }
        for attachment in message.attachments {
            result += "[attachment: \(attachment.name), \(attachment.contentType), "
            result += "\(Format.octets(UInt64(attachment.byteCount)))]\n"
        }
        return result
    }
}
