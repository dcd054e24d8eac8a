import COpenSSL
import POP

/// The three messages of NTLM (MS-NLMP, section 2.2.1). Numbers are little-endian.
enum NTLMMessage {
    private static let signature = Array("NTLMSSP\0".utf8)
    private static let unicode: UInt32 = 0x1
    /// Unicode, OEM names, the target's name, NTLM, signing, and version 2 of the session's security.
    private static let wantedFlags: UInt32 = 0x0008_8207
    private static let headerByteCount = 64

    /// What the client begins with.
    static var negotiation: [UInt8] {
        signature + octets(1 as UInt32) + octets(wantedFlags) + [UInt8](repeating: 0, count: 16)
    }

    /// What the server answers.
    struct Challenge {
        let flags: UInt32
        let nonce: [UInt8]
        /// Pairs of what the server says of itself, as they are signed.
        let targetInfo: [UInt8]
        /// The server's time, where it tells it.
        let time: UInt64?

        /// `nil` for what is no such message.
        init?(_ message: [UInt8]) {
            guard message.count >= 32, message.starts(with: signature), number(message, at: 8, of: UInt32.self) == 2
            else {
                return nil
            }
            flags = number(message, at: 20, of: UInt32.self)
            nonce = Array(message[24..<32])
            guard message.count >= 48 else {
                (targetInfo, time) = ([], nil)
                return
            }
            let count = Int(number(message, at: 40, of: UInt16.self))
            let start = Int(number(message, at: 44, of: UInt32.self))
            guard start <= message.count, count <= message.count - start else { return nil }
            targetInfo = Array(message[start..<start + count])
            time = Self.time(in: targetInfo)
        }

        private static func time(in pairs: [UInt8]) -> UInt64? {
            var place = 0
            while place + 4 <= pairs.count {
                let (kind, count) = (
                    number(pairs, at: place, of: UInt16.self), number(pairs, at: place + 2, of: UInt16.self)
                )
                place += 4
                guard kind != 0, place + Int(count) <= pairs.count else { return nil }
                if kind == 7, count == 8 { return number(pairs, at: place, of: UInt64.self) }
                place += Int(count)
            }
            return nil
        }
    }

    /// The proofs of version 2 (section 3.3.2).
    struct Response {
        let lanManager: [UInt8]
        let nt: [UInt8]

        init(key: SecretBytes, _ challenge: Challenge, clientChallenge: [UInt8], time: UInt64) {
            let zeros: [UInt8] = [0, 0, 0, 0]
            let blob =
                [1, 1, 0, 0] + zeros + octets(time) + clientChallenge + zeros + challenge.targetInfo + zeros
            nt = key.withBytes { Keyed.mac(EVP_md5(), key: $0, challenge.nonce + blob) } + blob
            // A server that tells the time wants no proof of the old kind.
            lanManager =
                challenge.time != nil
                ? [UInt8](repeating: 0, count: 24)
                : key.withBytes { Keyed.mac(EVP_md5(), key: $0, challenge.nonce + clientChallenge) } + clientChallenge
        }
    }

    /// What the client ends with.
    /// - Parameter flags: of the challenge.
    static func authentication(
        _ response: Response, user: String, domain: String, host: String, flags: UInt32
    ) -> [UInt8] {
        func text(_ text: String) -> [UInt8] {
            flags & unicode != 0 ? text.utf16.flatMap(octets) : Array(text.utf8)
        }
        let fields = [response.lanManager, response.nt, text(domain), text(user), text(host), []]
        var (header, payload) = (signature + octets(3 as UInt32), [UInt8]())
        for field in fields {
            let count = octets(UInt16(clamping: field.count))
            header += count + count + octets(UInt32(headerByteCount + payload.count))
            payload += field
        }
        return header + octets(flags & wantedFlags) + payload
    }

    private static func octets(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    private static func number<Number: FixedWidthInteger>(_ bytes: [UInt8], at place: Int, of: Number.Type) -> Number {
        bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Number.self)) }
    }
}
