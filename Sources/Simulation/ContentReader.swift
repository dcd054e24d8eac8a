/// Gives the transmitted form of a content chunk by chunk, in bounded memory.
struct ContentReader {
    static let chunkByteLimit = 65_536

    private enum Source {
        case bytes(ArraySlice<UInt8>)
        case generated(GeneratedText)
        case ended
    }

    private var source: Source
    private let suffix: [UInt8]

    init(_ content: SimulatedContent) {
        suffix = content.transmittedSuffix
        switch content {
        case .bytes(let bytes): source = .bytes(bytes[...])
        case .generated(let seed, let byteCount): source = .generated(GeneratedText(seed: seed, byteCount: byteCount))
        }
    }

    /// The next bytes, never none of them; nil after the last.
    mutating func next() -> ArraySlice<UInt8>? {
        switch source {
        case .bytes(let rest) where !rest.isEmpty:
            source = .bytes(rest.dropFirst(Self.chunkByteLimit))
            return rest.prefix(Self.chunkByteLimit)
        case .generated(var text):
            if let chunk = text.next() {
                source = .generated(text)
                return chunk[...]
            }
            return end()
        case .bytes: return end()
        case .ended: return nil
        }
    }

    private mutating func end() -> ArraySlice<UInt8>? {
        source = .ended
        return suffix.isEmpty ? nil : suffix[...]
    }
}
