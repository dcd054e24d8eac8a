import Foundation
import Platform
import Simulation
import Testing
import Transport

/// A connection that speaks lines, for tests.
final class Wire {
    let connection: Connection
    private var unread: [UInt8] = []

    init(
        _ endpoint: Endpoint, timeout: Duration = .seconds(20), proxyPassword: StaticString? = nil,
        stop: EventFlag? = nil, onOpen: (SocketHandle) -> Void = { _ in }
    ) throws(TransportError) {
        Signals.ignoreBrokenPipes()
        let password = proxyPassword.map { UnsafeRawBufferPointer(start: $0.utf8Start, count: $0.utf8CodeUnitCount) }
        connection = try Connection(
            to: endpoint, timeout: timeout, proxyPassword: password, stop: stop, onOpen: onOpen)
    }

    init(_ connection: Connection) { self.connection = connection }

    func send(_ text: String) throws(TransportError) {
        var failure: TransportError?
        Array(text.utf8).withUnsafeBytes {
            do throws(TransportError) { try connection.write($0, deadline: Deadline(after: .seconds(20))) } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    /// The next line without its end; what is left, at the end of the stream.
    func line() throws(TransportError) -> String {
        while true {
            if let newline = unread.firstIndex(of: 10) {
                defer { unread.removeSubrange(...newline) }
                return String(decoding: unread[..<newline].filter { $0 != 13 }, as: UTF8.self)
            }
            let piece = try read()
            if piece.isEmpty {
                defer { unread = [] }
                return String(decoding: unread, as: UTF8.self)
            }
            unread += piece
        }
    }

    func ask(_ command: String) throws(TransportError) -> String {
        try send(command + "\r\n")
        return try line()
    }

    /// So many bytes, or less at the end of the stream.
    func bytes(_ byteCount: Int) throws(TransportError) -> [UInt8] {
        while unread.count < byteCount {
            let piece = try read()
            if piece.isEmpty { break }
            unread += piece
        }
        defer { unread.removeFirst(min(byteCount, unread.count)) }
        return Array(unread.prefix(byteCount))
    }

    /// What one read gives.
    func read(
        timeout: Duration = .seconds(20), phase: TransportError.Phase = .reply
    ) throws(TransportError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        let count = try connection.read(into: buffer, deadline: Deadline(after: timeout), phase: phase)
        return Array(buffer[..<count])
    }
}

/// A server and how to reach it.
struct Stage {
    let server: SimulatedServer
    let endpoint: Endpoint

    /// - Parameters:
    ///   - host: what the client calls the server
    ///   - certificate: the server's; without it there is no TLS
    ///   - caPEM: what the client trusts; `nil` is the certificate's own authority
    ///   - change: of the client's settings
    init(
        _ script: FaultScript = .none, host: String = "localhost", certificate: SimulatedCertificate? = nil,
        security: Endpoint.Security = .implicit, caPEM: String? = nil, address: SimulatedAddress = .ipv4,
        messages: [SimulatedMessage] = [], habits: ServerHabits = ServerHabits(),
        change: (inout TLSSettings) throws -> Void = { _ in }
    ) throws {
        let transport: SimulatedTransport =
            switch (certificate, security) {
            case (let certificate?, .implicit): .implicitTLS(certificate)
            case (let certificate?, _): .stls(certificate)
            case (nil, _): .plain
            }
        server = try SimulatedServer(
            maildrops: ["ann": SimulatedMaildrop(password: "secret", messages: messages)], script: script,
            transport: transport, address: address, habits: habits)
        let trusted = caPEM ?? certificate?.authorityPEM
        var tls = TLSSettings(caFile: try trusted.map(Self.file))
        try change(&tls)
        endpoint = Endpoint(
            host: host, port: server.port, security: certificate == nil ? .none : security, tls: tls)
    }

    /// A server with TLS or without.
    static func make(_ script: FaultScript = .none, isSecure: Bool) throws -> Stage {
        try Stage(script, certificate: isSecure ? .issue() : nil)
    }

    /// A file of its own with this text.
    static func file(_ text: String) throws -> String { try file(Array(text.utf8)) }

    static func file(_ bytes: [UInt8]) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "transport-\(UUID()).pem").path()
        try Data(bytes).write(to: URL(filePath: path))
        return path
    }

    /// The same server by another way, perhaps under another name.
    func endpoint(by route: Endpoint.Route, host: String? = nil) -> Endpoint {
        Endpoint(
            host: host ?? endpoint.host, port: endpoint.port, security: endpoint.security, tls: endpoint.tls,
            route: route)
    }

    /// The protocol and cipher of a connection over which the greeting comes.
    func security() throws -> String? {
        let wire = try Wire(endpoint)
        #expect(try wire.line().hasPrefix("+OK"))
        return wire.connection.securityName
    }

    /// The error of connecting and of waiting for the greeting, where there is one.
    func greetingFailure() -> TransportError? {
        do throws(TransportError) {
            _ = try Wire(endpoint).line()
            return nil
        } catch { return error }
    }

    /// The error of connecting, where there is one.
    func failure(timeout: Duration = .seconds(20)) -> TransportError? {
        do throws(TransportError) {
            _ = try Wire(endpoint, timeout: timeout)
            return nil
        } catch { return error }
    }
}
