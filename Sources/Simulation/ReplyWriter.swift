/// Gathers replies into large writes, or sends one as its distortion wants it.
final class ReplyWriter {
    private static let bufferByteLimit = 262_144

    private let connection: Connection
    private var buffer: [UInt8] = []
    private var distortion: Distortion?
    private var replyByteCount: Int64 = 0

    init(_ connection: Connection) { self.connection = connection }

    /// Starts a reply. What was gathered before goes out first if this one is distorted.
    func begin(_ distortion: Distortion?) throws(SessionEnd) {
        if distortion != nil { try flush() }
        self.distortion = distortion
        replyByteCount = 0
    }

    /// Ends a reply. A limit that was not reached strikes now.
    func finish() throws(SessionEnd) {
        if let limit = distortion?.limit { try reach(limit.then) }
        distortion = nil
    }

    func write(_ bytes: [UInt8]) throws(SessionEnd) {
        try bytes.withUnsafeBufferPointer { (bytes) throws(SessionEnd) in try write(bytes) }
    }

    func write(_ bytes: UnsafeBufferPointer<UInt8>) throws(SessionEnd) {
        guard distortion == nil else { return try writeDistorted(Array(bytes)) }
        if buffer.count + bytes.count > Self.bufferByteLimit { try flush() }
        if buffer.capacity == 0 { buffer.reserveCapacity(min(Self.bufferByteLimit, max(4096, bytes.count))) }
        buffer.append(contentsOf: bytes)
    }

    /// Sends all that was gathered.
    func flush() throws(SessionEnd) {
        guard !buffer.isEmpty else { return }
        try buffer.withUnsafeBufferPointer { (bytes) throws(SessionEnd) in
            try connection.write(UnsafeRawBufferPointer(bytes))
        }
        buffer.removeAll(keepingCapacity: true)
    }

    private func writeDistorted(_ whole: [UInt8]) throws(SessionEnd) {
        guard !whole.isEmpty else { return }
        var bytes = whole
        distortion!.garble(&bytes, isFirst: replyByteCount == 0)
        if let limit = distortion?.limit {
            let left = max(0, limit.byteCount - replyByteCount)
            guard Int64(bytes.count) < left else {
                try send(bytes[..<Int(left)])
                try reach(limit.then)
                return
            }
        }
        try send(bytes[...])
    }

    private func send(_ bytes: ArraySlice<UInt8>) throws(SessionEnd) {
        var rest = bytes
        while !rest.isEmpty {
            let piece = rest.prefix(distortion!.pieceByteCount())
            try piece.withUnsafeBufferPointer { (piece) throws(SessionEnd) in
                try connection.write(UnsafeRawBufferPointer(piece))
            }
            replyByteCount += Int64(piece.count)
            rest = rest.dropFirst(piece.count)
            if let rate = distortion?.dripBytesPerSecond {
                try connection.wait(seconds: Double(piece.count) / Double(rate))
            }
        }
    }

    private func reach(_ limit: Distortion.Limit) throws(SessionEnd) {
        switch limit {
        case .close(let ending): throw .closed(ending)
        case .stall: try connection.wait(seconds: nil)
        }
    }
}
