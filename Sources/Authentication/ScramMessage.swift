/// What a server says in SCRAM: attributes of one letter, in their order (RFC 5802, section 7).
enum ScramMessage {
    /// The attributes of a message; `nil` where it is not made of them.
    private static func attributes(_ message: [UInt8]) -> [(name: UInt8, value: ArraySlice<UInt8>)]? {
        var result: [(name: UInt8, value: ArraySlice<UInt8>)] = []
        for part in message.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            guard part.count >= 2, part[part.startIndex + 1] == UInt8(ascii: "=") else { return nil }
            result.append((part[part.startIndex], part.dropFirst(2)))
        }
        return result
    }

    /// The server's first message.
    struct ServerFirst: Equatable {
        let nonce: [UInt8]
        let salt: [UInt8]
        let iterationCount: Int

        /// `nil` also where it asks for an extension that must be understood (`m=`).
        init?(_ message: [UInt8]) {
            guard let attributes = attributes(message), attributes.count >= 3,
                attributes[0].name == UInt8(ascii: "r"), attributes[1].name == UInt8(ascii: "s"),
                attributes[2].name == UInt8(ascii: "i"), !attributes.contains(where: { $0.name == UInt8(ascii: "m") }),
                attributes[0].value.allSatisfy({ (0x21...0x7E).contains($0) }),
                let salt = Base64Line.decoded(attributes[1].value), !salt.isEmpty,
                (1...9).contains(attributes[2].value.count),
                attributes[2].value.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let count = Int(String(decoding: attributes[2].value, as: UTF8.self))
            else { return nil }
            (nonce, self.salt, iterationCount) = (Array(attributes[0].value), salt, count)
        }
    }

    /// The server's last message.
    enum ServerFinal: Equatable {
        case signature([UInt8])
        case refusal([UInt8])

        init?(_ message: [UInt8]) {
            guard let first = attributes(message)?.first else { return nil }
            switch first.name {
            case UInt8(ascii: "e"): self = .refusal(Array(first.value))
            case UInt8(ascii: "v"):
                guard let signature = Base64Line.decoded(first.value) else { return nil }
                self = .signature(signature)
            default: return nil
            }
        }
    }
}
