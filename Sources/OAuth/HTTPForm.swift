import CCurl
import Foundation
import POP
import Platform

/// A form that is posted over HTTPS, by libcurl.
struct HTTPForm {
    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    /// Issuers answer with a few kilobytes.
    private static let answerByteLimit = 256 << 10
    private static let timeoutMilliseconds = 30_000
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private var fields: [(name: String, value: SecretBytes)] = []

    mutating func add(_ name: String, _ value: String) { add(name, SecretBytes(copying: value.utf8)) }
    mutating func add(_ name: String, _ value: SecretBytes) { fields.append((name, value)) }

    /// - Parameter stop: ends the wait once it is raised.
    func post(to url: String, caFile: String?, stop: EventFlag?) throws(TokenError) -> Answer {
        guard let library = mc_curl() else {
            throw TokenError(.refused, "libcurl is not there, which asks for tokens: install libcurl4")
        }
        let transfer = Transfer(stop)
        var body = encoded
        defer { SecretBytes.wipe(&body) }
        var post = mc_post()
        post.timeout_milliseconds = Self.timeoutMilliseconds
        post.take = { context, bytes, count in
            let transfer = Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue()
            guard transfer.answer.count + count <= HTTPForm.answerByteLimit else { return 0 }
            transfer.answer += UnsafeRawBufferPointer(start: bytes, count: count)
            return count
        }
        post.is_stopped = { context in
            Unmanaged<Transfer>.fromOpaque(context!).takeUnretainedValue().stop?.isRaised == true ? 1 : 0
        }
        let status = withExtendedLifetime(transfer) {
            post.context = Unmanaged.passUnretained(transfer).toOpaque()
            return url.withCString { url in
                Self.withOptionalCString(caFile) { caFile in
                    body.withUnsafeBytes { body in
                        (post.url, post.ca_file) = (url, caFile)
                        (post.body, post.body_count) = (body.baseAddress, body.count)
                        return mc_post_perform(library, &post)
                    }
                }
            }
        }
        if stop?.isRaised == true { throw TokenError(.stopped, "stopped while a token was asked for") }
        guard status == 0 else {
            let reason = withUnsafeBytes(of: post.reason) { UntrustedText.escaped($0.prefix { $0 != 0 }) }
            throw TokenError(.unreachable, "\(url) cannot be asked for a token: \(reason)")
        }
        return Answer(status: post.status, body: transfer.answer)
    }

    /// `application/x-www-form-urlencoded`.
    private var encoded: [UInt8] {
        let byteCount = fields.reduce(0) { sum, field in sum + 3 * (field.name.utf8.count + field.value.byteCount) + 2 }
        var result: [UInt8] = []
        // No growing, which would leave copies of a secret behind.
        result.reserveCapacity(byteCount)
        for (index, field) in fields.enumerated() {
            if index > 0 { result.append(UInt8(ascii: "&")) }
            result += field.name.utf8
            result.append(UInt8(ascii: "="))
            field.value.withBytes { value in
                for byte in value { Self.append(byte, to: &result) }
            }
        }
        return result
    }

    private static func append(_ byte: UInt8, to result: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            result.append(byte)
        default:
            result += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
        }
    }

    private static func withOptionalCString<Result>(
        _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
    ) -> Result {
        if let text { text.withCString { body($0) } } else { body(nil) }
    }
}

private final class Transfer {
    let stop: EventFlag?
    var answer: [UInt8] = []

    init(_ stop: EventFlag?) { self.stop = stop }

    deinit { SecretBytes.wipe(&answer) }
}
