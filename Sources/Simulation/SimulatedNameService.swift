import Glibc
import Platform

/// A name service on a UDP port of 127.0.0.1 that knows SRV records only (RFC 1035, RFC 2782).
package final class SimulatedNameService: Sendable {
    package struct Record: Sendable {
        let priority: UInt16
        let weight: UInt16
        let port: UInt16
        let target: String

        /// - Parameter target: `.` says that the service is not there.
        package init(_ priority: UInt16, _ weight: UInt16, _ port: UInt16, _ target: String) {
            (self.priority, self.weight, self.port, self.target) = (priority, weight, port, target)
        }
    }

    /// What is done with a question.
    package enum Habit: Sendable {
        /// What is not known does not exist.
        case answers
        /// Every question fails at the server (SERVFAIL).
        case fails
        case isSilent
    }

    package let port: UInt16
    private let descriptor: Int32
    private let isStopped: Lock<Bool>
    private let asked: Lock<[String]>
    private let thread: ServerThread

    /// - Parameter records: by name, such as `_pop3s._tcp.example.org`.
    package init(_ records: [String: [Record]], _ habit: Habit = .answers) throws(SimulationError) {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system("socket") }
        self.descriptor = descriptor
        do throws(SimulationError) { port = try ListeningSocket.bindIPv4(descriptor) } catch {
            close(descriptor)
            throw error
        }
        let isStopped = Lock(false)
        let asked = Lock<[String]>([])
        let thread = ServerThread(name: "names") {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            while !isStopped.withLock({ $0 }) {
                guard poll(&waiting, 1, 20) > 0 else { continue }
                Self.answer(descriptor, records, habit) { name in asked.withLock { $0.append(name) } }
            }
        }
        guard let thread else {
            close(descriptor)
            throw .system("pthread_create")
        }
        (self.isStopped, self.asked, self.thread) = (isStopped, asked, thread)
    }

    deinit {
        isStopped.withLock { $0 = true }
        thread.join()
        close(descriptor)
    }

    /// The names that were asked for, in that order.
    package var questions: [String] { asked.withLock { $0 } }

    private static func answer(
        _ descriptor: Int32, _ records: [String: [Record]], _ habit: Habit, _ note: (String) -> Void
    ) {
        var question = [UInt8](repeating: 0, count: 512)
        var client = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutableBytes(of: &client) {
            recvfrom(
                descriptor, &question, question.count, 0, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                &length)
        }
        guard count > 12, habit != .isSilent else { return }
        let name = Self.name(question[12..<count])
        note(name)
        let known = records[name]
        // The header, then the question as it came, without what else there is.
        let code: UInt8 = habit == .fails ? 2 : known == nil ? 3 : 0
        let answers = habit == .fails ? [] : known ?? []
        var reply = Array(question[..<2]) + [0x81, 0x80 | code, 0, 1, 0, UInt8(answers.count), 0, 0, 0, 0]
        reply += question[12..<min(count, 12 + name.utf8.count + 2 + 4)]
        for record in answers { reply += Self.wire(record) }
        _ = withUnsafeBytes(of: &client) {
            sendto(
                descriptor, reply, reply.count, 0, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), length)
        }
    }

    /// The name of a question, without its final dot.
    private static func name(_ bytes: ArraySlice<UInt8>) -> String {
        var labels: [String] = []
        var rest = bytes
        while let length = rest.popFirst(), length > 0, length < 64, rest.count >= length {
            labels.append(String(decoding: rest.prefix(Int(length)), as: UTF8.self))
            rest = rest.dropFirst(Int(length))
        }
        return labels.joined(separator: ".")
    }

    /// A record whose owner is the name in the question.
    private static func wire(_ record: Record) -> [UInt8] {
        var data = [record.priority, record.weight, record.port].flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        for label in record.target.split(separator: ".") { data += [UInt8(label.utf8.count)] + label.utf8 }
        data.append(0)
        return [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, UInt8(data.count)] + data
    }
}
