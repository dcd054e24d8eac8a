import CDeflate
import CIgzip

/// The size of a member: how many bytes of tar or mbox stream one gzip member may hold. A reader needs no larger buffer.
package enum MemberSize {
    /// Most bytes before compression.
    package static let rawByteLimit = 256 << 10
    /// Small entries are gathered until this many bytes.
    package static let rawByteTarget = 128 << 10
    /// Most bytes after compression: deflate's stored blocks and gzip's frame add less than this to incompressible data.
    package static let storedByteLimit = rawByteLimit + (4 << 10)
}

/// How hard members are compressed.
package enum Compression: String, Sendable, CaseIterable {
    case fast, balanced, small
}

/// Makes gzip members (RFC 1952) from whole buffers. One thread at a time.
///
/// ISA-L makes members three times as fast as libdeflate for 2 to 3 % more bytes; libdeflate makes the smallest. ISA-L goes
/// through what is compressed already, in base64 or not, at many hundred megabytes a second, and libdeflate at a tenth of
/// that to gain nothing: such members are always ISA-L's.
struct GzipCompressor: ~Copyable {
    private enum Engine {
        case igzip(level: UInt32, buffer: UnsafeMutablePointer<UInt8>)
        case deflate(OpaquePointer, levelBuffer: UnsafeMutablePointer<UInt8>)
    }

    /// Base64 of what is compressed already comes to 75.9 %; what holds anything to find comes to less than this.
    private static let incompressibleShare = 0.755

    private let engine: Engine

    init(_ compression: Compression) {
        switch compression {
        case .fast: engine = Self.igzip(level: 1)
        case .balanced: engine = Self.igzip(level: 3)
        case .small:
            guard let pointer = libdeflate_alloc_compressor(12) else {
                preconditionFailure("out of memory for a compressor")
            }
            engine = .deflate(pointer, levelBuffer: Self.levelBuffer(1))
        }
    }

    deinit {
        switch engine {
        case .igzip(_, let buffer): buffer.deallocate()
        case .deflate(let pointer, let buffer):
            libdeflate_free_compressor(pointer)
            buffer.deallocate()
        }
    }

    /// One member that inflates to `raw`. Its header has no time and no name: the same bytes give the same member.
    func member(of raw: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: MemberSize.storedByteLimit) { buffer, count in
            switch engine {
            case .igzip(let level, let levelBuffer):
                count = Self.igzip(raw, level, levelBuffer, into: buffer)
            case .deflate(let pointer, let levelBuffer):
                count = Self.igzip(raw, 1, levelBuffer, into: buffer)
                guard Double(count) < Self.incompressibleShare * Double(raw.count) else { break }
                count = libdeflate_gzip_compress(
                    pointer, raw.baseAddress, raw.count, buffer.baseAddress, buffer.count)
            }
            precondition(count > 0, "a member of \(raw.count) bytes does not fit its bound")
        }
    }

    private static func igzip(
        _ raw: UnsafeRawBufferPointer, _ level: UInt32, _ levelBuffer: UnsafeMutablePointer<UInt8>,
        into buffer: UnsafeMutableBufferPointer<UInt8>
    ) -> Int {
        Int(
            mc_igzip_member(
                level, levelBuffer, raw.assumingMemoryBound(to: UInt8.self).baseAddress, UInt32(raw.count),
                buffer.baseAddress, UInt32(buffer.count)))
    }

    private static func igzip(level: UInt32) -> Engine { .igzip(level: level, buffer: levelBuffer(level)) }

    private static func levelBuffer(_ level: UInt32) -> UnsafeMutablePointer<UInt8> {
        .allocate(capacity: Int(mc_igzip_level_byte_count(level)))
    }
}

/// Inflates gzip members. One thread at a time.
struct GzipDecompressor: ~Copyable {
    private let pointer: OpaquePointer

    init() {
        guard let pointer = libdeflate_alloc_decompressor() else {
            preconditionFailure("out of memory for a decompressor")
        }
        self.pointer = pointer
    }

    deinit { libdeflate_free_decompressor(pointer) }

    /// Inflates the member at the start of `stored` and checks its CRC-32 and length.
    /// - Parameter raw: room for at least `MemberSize.rawByteLimit` bytes.
    /// - Returns: how many bytes of `stored` the member takes, and how many it inflates to; `nil` when it is damaged,
    ///   incomplete or larger than `raw`.
    func inflate(
        _ stored: UnsafeRawBufferPointer, into raw: UnsafeMutableRawBufferPointer
    ) -> (storedByteCount: Int, rawByteCount: Int)? {
        var storedByteCount = 0
        var rawByteCount = 0
        let result = libdeflate_gzip_decompress_ex(
            pointer, stored.baseAddress, stored.count, raw.baseAddress, raw.count, &storedByteCount, &rawByteCount)
        return result == LIBDEFLATE_SUCCESS ? (storedByteCount, rawByteCount) : nil
    }
}
