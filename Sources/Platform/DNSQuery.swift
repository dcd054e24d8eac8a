import CLinux
import Glibc

/// One question to the name service for records that getaddrinfo(3) does not tell.
package enum DNSQuery {
    package enum Failure: Error, Sendable, Equatable {
        /// There is no such name, or it has no such records.
        case notFound
        /// The name service does not answer: worth a retry.
        case noAnswer
        /// It refuses, or its answer makes no sense.
        case failed
    }

    /// The number of SRV records (RFC 2782).
    package static let srvType: UInt16 = 33
    private static let answerByteLimit = 65_535

    /// The message that answers the question (RFC 1035, section 4). Blocks for as long as resolv.conf(5) says.
    /// - Parameter serverPort: asks the server at this port of 127.0.0.1 in place of those of resolv.conf(5).
    package static func ask(
        _ name: String, type: UInt16, serverPort: UInt16? = nil
    ) throws(Failure) -> [UInt8] {
        var answer = [UInt8](repeating: 0, count: answerByteLimit)
        let count = mc_dns_query(name, CInt(type), CInt(serverPort ?? 0), &answer, CInt(answer.count))
        switch count {
        case 0...: return Array(answer.prefix(Int(count)))
        case -HOST_NOT_FOUND, -NO_DATA: throw .notFound
        case -TRY_AGAIN: throw .noAnswer
        default: throw .failed
        }
    }
}
