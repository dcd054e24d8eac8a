import Glibc

/// A secret in memory of its own, which is overwritten when the last owner lets go of it.
///
/// `@unchecked Sendable`: the memory is written only in `init` and `deinit`.
package final class SecretBytes: @unchecked Sendable, Equatable {
    private let memory: UnsafeMutableRawBufferPointer

    /// Takes the bytes over: the array is overwritten and empty afterwards.
    package init(taking bytes: inout [UInt8]) {
        memory = .allocate(byteCount: bytes.count, alignment: 1)
        memory.copyBytes(from: bytes)
        Self.wipe(&bytes)
        bytes.removeAll()
    }

    /// For a secret that stands elsewhere in memory anyway, as in the manifest.
    package convenience init(copying bytes: some Sequence<UInt8>) {
        var bytes = Array(bytes)
        self.init(taking: &bytes)
    }

    deinit {
        if let start = memory.baseAddress { explicit_bzero(start, memory.count) }
        memory.deallocate()
    }

    package var byteCount: Int { memory.count }

    /// Lends the bytes; the buffer is valid only inside `body`.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(memory))
    }

    /// Overwrites the bytes of an array that has held a secret and belongs to the caller alone.
    package static func wipe(_ bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBytes { if let start = $0.baseAddress { explicit_bzero(start, $0.count) } }
    }

    package static func == (one: SecretBytes, other: SecretBytes) -> Bool {
        one.withBytes { one in other.withBytes { one.elementsEqual($0) } }
    }
}
