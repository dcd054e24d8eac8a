/// Cuts a message into segments at its MIME leaves (RFC 2046) while its bytes stream through. A leaf is the body of an
/// entity that is neither a multipart nor a message: it begins behind the blank line of its header and ends where the
/// next delimiter line begins, so the line end before that belongs to it, or where the message ends. What precedes a
/// multipart's first delimiter or follows its last counts as a leaf too, so that a body whose boundary was mangled on
/// its way still parts from its header. A leaf of at least the threshold is a segment; all between such leaves (headers,
/// delimiters, small leaves) is one segment each. The cuts depend on the bytes alone, not on how they were split into
/// chunks.
///
/// Lines end in LF, with or without CR before it. What goes beyond a bound is not cut further, and stays exact:
/// - a multipart deeper than the depth limit, or with a boundary over 200 octets, is a leaf;
/// - a delimiter line over 300 octets is content;
/// - of a Content-Type field the first 16 KiB count;
/// - once the segment limit leaves no room for another leaf, the rest is one segment.
package struct SegmentCutter: Sendable {
    private enum State {
        /// Inside an entity's header: at a line start, or in the line that `line` holds the start of.
        case header
        /// Inside a leaf that a delimiter line may end.
        case body
        /// Nothing can end this before the message does.
        case rest
    }

    private let leafThreshold: UInt64
    private let segmentLimit: Int
    private let depthLimit: Int

    private var state = State.header
    private var header = EntityHeader()
    private var delimiters = DelimiterStack()
    /// The start of a line whose end has not come yet: up to 16 KiB in a header, up to 300 octets in a body.
    private var line: [UInt8] = []
    private var lineStart: UInt64 = 0
    private var isAtLineStart = true
    /// Where the current leaf began; `nil` in headers and behind the last cut that the segment limit allows.
    private var leafStart: UInt64?
    private var lengths: [UInt64] = []
    private var cutEnd: UInt64 = 0
    /// Octets of the chunks before the current one.
    private var size: UInt64 = 0

    /// - Parameters:
    ///   - leafThresholdBytes: the smallest leaf that becomes a segment, at least 1.
    ///   - segmentLimit: the most segments of one message, at least 1.
    ///   - depthLimit: the most multiparts inside each other, at least 0.
    package init(leafThresholdBytes: Int = 1024, segmentLimit: Int = 256, depthLimit: Int = 32) {
        precondition(leafThresholdBytes >= 1 && segmentLimit >= 1 && depthLimit >= 0, "limits must be positive")
        leafThreshold = UInt64(leafThresholdBytes)
        self.segmentLimit = segmentLimit
        self.depthLimit = depthLimit
    }

    /// Takes the next bytes of the message; any number of them, also none.
    package mutating func consume(_ chunk: UnsafeRawBufferPointer) {
        var at = 0
        while at < chunk.count {
            switch state {
            case .header: at = scanHeader(chunk, from: at)
            case .body: at = line.isEmpty ? scanBody(chunk, from: at) : scanDelimiter(chunk, from: at)
            case .rest: at = chunk.count
            }
        }
        size += UInt64(chunk.count)
    }

    /// The lengths in octets of the consecutive segments: none is zero, and their sum is the message's size; empty for
    /// an empty message. The cutter is then ready for the next message.
    package mutating func finish() -> [UInt64] {
        if !line.isEmpty, let match = line.withUnsafeBytes(delimiters.match) {
            reach(match, lineStart: lineStart, lineEnd: size)
        }
        _ = endLeaf(at: size, isLast: true)
        if size > cutEnd { lengths.append(size - cutEnd) }
        let result = lengths
        self = SegmentCutter(
            leafThresholdBytes: Int(leafThreshold), segmentLimit: segmentLimit, depthLimit: depthLimit)
        return result
    }

    // MARK: Headers

    /// Takes one header line, or the piece of it that is here. Returns where to go on.
    private mutating func scanHeader(_ chunk: UnsafeRawBufferPointer, from start: Int) -> Int {
        let lineFeed = chunk.index(of: ASCII.lineFeed, from: start, to: chunk.count)
        let end = lineFeed.map { $0 + 1 } ?? chunk.count
        if line.isEmpty {
            lineStart = size + UInt64(start)
            if lineFeed != nil {
                takeHeaderLine(chunk.sub(start..<min(end, start + EntityHeader.fieldByteLimit)), end: end)
                return end
            }
        }
        let room = EntityHeader.fieldByteLimit - line.count
        line.append(contentsOf: chunk[start..<min(end, start + room)])
        if lineFeed != nil {
            var whole: [UInt8] = []
            swap(&whole, &line)
            whole.withUnsafeBytes { takeHeaderLine($0, end: end) }
            whole.removeAll(keepingCapacity: true)
            swap(&whole, &line)
        }
        return end
    }

    /// `end` is the chunk's offset behind the line.
    private mutating func takeHeaderLine(_ text: UnsafeRawBufferPointer, end: Int) {
        let isBlank = text[0] == ASCII.lineFeed || (text.count == 2 && text[0] == ASCII.carriageReturn)
        if isBlank {
            beginBody(at: size + UInt64(end))
        } else if !delimiters.isEmpty, let match = delimiters.match(text) {
            reach(match, lineStart: lineStart, lineEnd: size + UInt64(end))
        } else {
            header.take(text)
        }
    }

    private mutating func beginBody(at offset: UInt64) {
        isAtLineStart = true
        switch header.body() {
        case .message:
            header = EntityHeader()
            return
        case .multipart(let multipart) where delimiters.count < depthLimit: delimiters.push(multipart)
        case .multipart, .leaf: break
        }
        leafStart = offset
        state = delimiters.isEmpty ? .rest : .body
    }

    // MARK: Bodies

    /// Skips content up to a delimiter line, or to the chunk's end. Base64 has no dash at all and other text has few, so
    /// only lines with a dash in them cost a second look. Returns where to go on.
    private mutating func scanBody(_ chunk: UnsafeRawBufferPointer, from start: Int) -> Int {
        let count = chunk.count
        var at = start
        var isLineStart = isAtLineStart
        while at < count {
            if isLineStart, chunk[at] == ASCII.dash, at + 1 == count || chunk[at + 1] == ASCII.dash {
                let reach = min(count, at + DelimiterStack.lineByteLimit)
                if let lineFeed = chunk.index(of: ASCII.lineFeed, from: at, to: reach) {
                    if let match = delimiters.match(chunk.sub(at..<lineFeed + 1)) {
                        self.reach(match, lineStart: size + UInt64(at), lineEnd: size + UInt64(lineFeed + 1))
                        return lineFeed + 1
                    }
                    at = lineFeed + 1
                    continue
                }
                if reach < at + DelimiterStack.lineByteLimit {
                    lineStart = size + UInt64(at)
                    line.append(contentsOf: chunk[at...])
                    return count
                }
            }
            // The byte here was looked at if it starts a line; a dash further on may start one.
            guard let dash = chunk.index(of: ASCII.dash, from: isLineStart ? at + 1 : at, to: count) else { break }
            if dash > start, chunk[dash - 1] == ASCII.lineFeed {
                at = dash
            } else if let lineFeed = chunk.index(of: ASCII.lineFeed, from: dash, to: count) {
                at = lineFeed + 1
            } else {
                isAtLineStart = false
                return count
            }
            isLineStart = true
        }
        isAtLineStart = chunk[count - 1] == ASCII.lineFeed
        return count
    }

    /// Goes on with a line that may be a delimiter and began in an earlier chunk. Returns where to go on.
    private mutating func scanDelimiter(_ chunk: UnsafeRawBufferPointer, from start: Int) -> Int {
        let reach = min(chunk.count, start + DelimiterStack.lineByteLimit - line.count)
        let lineFeed = chunk.index(of: ASCII.lineFeed, from: start, to: reach)
        let end = lineFeed.map { $0 + 1 } ?? reach
        line.append(contentsOf: chunk[start..<end])
        guard lineFeed != nil || line.count == DelimiterStack.lineByteLimit else { return end }
        isAtLineStart = lineFeed != nil
        if isAtLineStart, let match = line.withUnsafeBytes(delimiters.match) {
            self.reach(match, lineStart: lineStart, lineEnd: size + UInt64(end))
        }
        line.removeAll(keepingCapacity: true)
        return end
    }

    // MARK: Cuts

    /// A delimiter line: what was open inside ends where the line starts; a part's header or an epilogue follows.
    private mutating func reach(_ match: DelimiterStack.Match, lineStart: UInt64, lineEnd: UInt64) {
        isAtLineStart = true
        guard endLeaf(at: lineStart, isLast: false) else {
            state = .rest
            return
        }
        let isDigest = delimiters.open[match.level].isDigest
        delimiters.leave(match)
        if !match.closes {
            header = EntityHeader(defaultsToMessage: isDigest)
            state = .header
        } else {
            leafStart = lineEnd
            state = delimiters.isEmpty ? .rest : .body
        }
    }

    /// Ends the leaf, if one is open, and cuts it out if it is large enough. False when the segment limit forbids that.
    private mutating func endLeaf(at end: UInt64, isLast: Bool) -> Bool {
        guard let start = leafStart else { return true }
        leafStart = nil
        guard end - start >= leafThreshold else { return true }
        let hasRun = start > cutEnd
        guard lengths.count + (hasRun ? 1 : 0) + 1 + (isLast ? 0 : 1) <= segmentLimit else { return false }
        if hasRun { lengths.append(start - cutEnd) }
        lengths.append(end - start)
        cutEnd = end
        return true
    }
}
