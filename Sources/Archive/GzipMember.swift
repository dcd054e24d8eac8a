import CDeflate

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

    /// libdeflate's level for it.
    var level: CInt {
        switch self {
        case .fast: 1
        case .balanced: 6
        case .small: 12
        }
    }
}

/// Makes gzip members (RFC 1952) from whole buffers. One thread at a time.
struct GzipCompressor: ~Copyable {
    private let pointer: OpaquePointer

    init(_ compression: Compression) {
        guard let pointer = libdeflate_alloc_compressor(compression.level) else {
            preconditionFailure("out of memory for a compressor")
        }
        self.pointer = pointer
    }

    deinit { libdeflate_free_compressor(pointer) }

    /// One member that inflates to `raw`. Its header has no time and no name: the same bytes give the same member.
    func member(of raw: UnsafeRawBufferPointer) -> [UInt8] {
        let bound = libdeflate_gzip_compress_bound(pointer, raw.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
            count = libdeflate_gzip_compress(pointer, raw.baseAddress, raw.count, buffer.baseAddress, buffer.count)
            precondition(count > 0, "libdeflate needs more than its own bound")
        }
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
