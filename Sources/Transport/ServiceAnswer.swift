/// Reads the SRV records of a DNS message (RFC 1035, section 4). Total: every sequence of bytes has an outcome.
struct ServiceAnswer {
    /// The most records that are kept; a domain has a handful.
    private static let recordLimit = 64
    private static let srvType = 33
    private static let internetClass = 1

    private let message: [UInt8]
    private var offset = 0

    private init(_ message: [UInt8]) { self.message = message }

    /// The records of the answer section, or `nil` where the message is damaged. Those whose target is no host name are
    /// left out.
    static func records(of message: [UInt8]) -> [ServiceRecord]? {
        var answer = ServiceAnswer(message)
        return answer.read()
    }

    private mutating func read() -> [ServiceRecord]? {
        guard message.count >= 12 else { return nil }
        offset = 4
        guard let questionCount = number(), let answerCount = number() else { return nil }
        offset = 12
        for _ in 0..<questionCount {
            guard skipName() else { return nil }
            offset += 4
        }
        var records: [ServiceRecord] = []
        for _ in 0..<answerCount {
            guard skipName(), let type = number(), let family = number() else { return nil }
            offset += 4
            guard let byteCount = number(), offset + byteCount <= message.count else { return nil }
            let end = offset + byteCount
            if type == Self.srvType, family == Self.internetClass, records.count < Self.recordLimit {
                guard byteCount >= 7, let priority = number(), let weight = number(), let port = number(),
                    let target = name(from: offset)
                else { return nil }
                if let target = Self.hostName(target) {
                    records.append(
                        ServiceRecord(
                            priority: UInt16(priority), weight: UInt16(weight), port: UInt16(port), target: target))
                }
            }
            offset = end
        }
        return records
    }

    /// Two bytes.
    private mutating func number() -> Int? {
        guard offset + 2 <= message.count else { return nil }
        defer { offset += 2 }
        return Int(message[offset]) << 8 | Int(message[offset + 1])
    }

    /// Passes over a name; `false` where it does not end.
    private mutating func skipName() -> Bool {
        while offset < message.count {
            let length = message[offset]
            if length & 0xC0 == 0xC0 {
                offset += 2
                return offset <= message.count
            }
            guard length & 0xC0 == 0 else { return false }
            offset += 1 + Int(length)
            if length == 0 { return offset <= message.count }
        }
        return false
    }

    /// The labels of a name (RFC 1035, section 4.1.4), or `nil` where it does not end. Pointers go backwards only, so
    /// that none can go round.
    private func name(from start: Int) -> [ArraySlice<UInt8>]? {
        var labels: [ArraySlice<UInt8>] = []
        var byteCount = 0
        var place = start
        var bound = start
        while place < message.count {
            let length = Int(message[place])
            if length & 0xC0 == 0xC0 {
                guard place + 1 < message.count else { return nil }
                let pointer = (length & 0x3F) << 8 | Int(message[place + 1])
                guard pointer < bound else { return nil }
                (place, bound) = (pointer, pointer)
                continue
            }
            guard length & 0xC0 == 0 else { return nil }
            if length == 0 { return labels }
            byteCount += length + 1
            guard place + 1 + length <= message.count, byteCount < 255 else { return nil }
            labels.append(message[place + 1..<place + 1 + length])
            place += 1 + length
        }
        return nil
    }

    /// `nil` where a byte belongs in no host name.
    private static func hostName(_ labels: [ArraySlice<UInt8>]) -> String? {
        for byte in labels.joined() {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: continue
            default: return nil
            }
        }
        return labels.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ".")
    }
}
