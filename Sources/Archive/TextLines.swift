/// The lines of a text, without those that are empty, one after the other: a text of nothing but line ends takes no
/// memory.
struct TextLines: Sequence, IteratorProtocol {
    private let text: [UInt8]
    private var position = 0

    init(_ text: [UInt8]) { self.text = text }

    mutating func next() -> ArraySlice<UInt8>? {
        while position < text.count {
            let end = text[position...].firstIndex(of: 10) ?? text.count
            defer { position = end + 1 }
            if end > position { return text[position..<end] }
        }
        return nil
    }
}
