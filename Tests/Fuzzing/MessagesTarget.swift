import Mail

/// What is shown of a message is safe for a terminal and keeps its limit, whatever the message is.
enum MessagesTarget {
    static func check(_ bytes: [UInt8]) {
        var random = Seeded(Arrival.fingerprint(of: bytes))
        for limit in [1 << 20, Int.random(in: 0...200, using: &random)] {
            check(bytes.withUnsafeBytes { ReadableMessage(message: $0, textByteLimit: limit) }, bytes, limit: limit)
        }
    }

    private static func check(_ message: ReadableMessage, _ bytes: [UInt8], limit: Int) {
        holds(message.text.utf8.count <= limit, "the text has at most \(limit) octets")
        holds(message.text.unicodeScalars.allSatisfy { !isControl($0) || $0 == "\n" || $0 == "\t" }, "the text is safe")
        let isWhole = message.text.isEmpty || message.text.hasSuffix("\n")
        holds(message.isTextCut || isWhole, "a text that is not cut ends in a line end")
        for text in message.headers.flatMap({ [$0.name, $0.value] }) + message.attachments.map(\.contentType) {
            holds(!text.unicodeScalars.contains(where: isControl), "header fields and types are safe")
        }
        for attachment in message.attachments {
            let name = attachment.name.unicodeScalars
            holds(!name.contains { isControl($0) || $0 == "/" || $0 == "\\" }, "a name is safe and names no folder")
            holds((0...bytes.count).contains(attachment.byteCount), "an attachment is no larger than its message")
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }
}
