import Archive
import Foundation
import Platform

/// A folder of a test's own, gone with it.
final class Scratch: Sendable {
    let path: String

    init() {
        var template = Array("/tmp/mailcask-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("no folder for tests under /tmp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// An archive in this folder.
    var layout: ArchiveLayout { ArchiveLayout(root: path + "/archive") }

    func bytes(_ name: String) throws -> [UInt8] { try FileSystem.contents(of: "\(path)/\(name)", byteLimit: 1 << 30) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        try FileSystem.makeDirectories(FileSystem.parent(of: "\(path)/\(name)"))
        try? FileSystem.remove("\(path)/\(name)")
        let file = try File("\(path)/\(name)", .readWrite)
        try bytes.withUnsafeBytes { try file.write($0, at: 0) }
    }

    /// Changes one byte of a file.
    func flip(_ name: String, at offset: Int) throws {
        var bytes = try bytes(name)
        bytes[offset] ^= 0x55
        try write(name, bytes)
    }

    /// Runs a script in this folder: what it printed on both channels, and its status.
    func shell(_ script: String) throws -> (status: Int, output: String) {
        let command = "cd '\(path)' || exit 1\n( \(script)\n) 2>&1\necho \"status $?\""
        let bytes = try ShellCommand.output(of: command, timeout: .seconds(100), byteLimit: 64 << 20)
        var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        let status = Int(lines.removeLast().split(separator: " ").last ?? "") ?? -1
        return (status, lines.joined(separator: "\n"))
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    /// Bytes that do not compress.
    static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = Seeded(seed)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count { withUnsafeBytes(of: random.next()) { bytes += $0 } }
        return Array(bytes.prefix(count))
    }
}
