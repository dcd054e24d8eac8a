/// Reduces HTML to the text that a person reads: tags, comments, scripts and styles go, block elements become line
/// breaks, entities their characters. Reads any bytes in linear time, as generously as browsers do.
struct HTMLText {
    /// Octets at the start in which a document may name its charset.
    private static let charsetByteLimit = 2048
    private static let bullet = Array("- ".utf8)

    private let html: UnsafeRawBufferPointer
    private var at = 0
    private var text: [UInt8] = []
    /// Line breaks (at most two) or a space that come before the next text.
    private var pendingBreaks = 0
    private var hasPendingSpace = false
    private var hasPendingBullet = false
    private var preformattedDepth = 0

    /// The text of `html`, both UTF-8; never longer than it but for a line end.
    static func reduced(_ html: UnsafeRawBufferPointer) -> [UInt8] {
        var reducer = HTMLText(html)
        reducer.run()
        return reducer.text
    }

    /// The charset that a `meta` element names, if any does.
    static func charset(_ html: UnsafeRawBufferPointer) -> Charset? {
        let reach = min(html.count, charsetByteLimit)
        var at = 0
        while let equals = html.index(of: ASCII.equals, from: at, to: reach) {
            at = equals + 1
            guard equals >= 7, html.hasLowered("charset", at: equals - 7) else { continue }
            var start = at
            while start < reach, html[start] == ASCII.quote || html[start] == ASCII.apostrophe { start += 1 }
            var end = start
            while end < reach, !isNameEnd(html[end]) { end += 1 }
            return Charset(name: html.sub(start..<end))
        }
        return nil
    }

    private static func isNameEnd(_ byte: UInt8) -> Bool {
        switch byte {
        case ASCII.quote, ASCII.apostrophe, ASCII.semicolon, ASCII.slash, ASCII.greater: true
        default: ASCII.isSpace(byte)
        }
    }

    private init(_ html: UnsafeRawBufferPointer) { self.html = html }

    private mutating func run() {
        while at < html.count {
            let byte = html[at]
            if byte == ASCII.less {
                if !takeTag() { takeLiteral() }
            } else if byte == ASCII.ampersand {
                takeEntity()
            } else if ASCII.isSpace(byte) {
                takeSpace(byte)
            } else {
                let start = at
                while at < html.count, html[at] != ASCII.less, html[at] != ASCII.ampersand, !ASCII.isSpace(html[at]) {
                    at += 1
                }
                emit(html[start..<at])
            }
        }
        if !text.isEmpty, text.last != ASCII.lineFeed { text.append(ASCII.lineFeed) }
    }

    // MARK: Output

    private mutating func emit(_ bytes: some Sequence<UInt8>) {
        if !text.isEmpty, pendingBreaks > 0 {
            for _ in 0..<pendingBreaks { text.append(ASCII.lineFeed) }
        } else if hasPendingSpace, !text.isEmpty {
            text.append(ASCII.space)
        }
        pendingBreaks = 0
        hasPendingSpace = false
        if hasPendingBullet { text.append(contentsOf: Self.bullet) }
        hasPendingBullet = false
        text.append(contentsOf: bytes)
    }

    private mutating func takeLiteral() {
        emit(CollectionOfOne(html[at]))
        at += 1
    }

    private mutating func takeSpace(_ byte: UInt8) {
        at += 1
        if preformattedDepth == 0 {
            hasPendingSpace = true
        } else if byte == ASCII.lineFeed {
            breakLine()
        } else if byte != ASCII.carriageReturn {
            emit(CollectionOfOne(byte))
        }
    }

    private mutating func takeEntity() {
        guard let entity = HTMLEntity(html, at: at) else { return takeLiteral() }
        at = entity.end
        emit(entity.scalar == "\u{A0}" ? Unicode.UTF8.encode(" ")! : entity.scalar.utf8Octets)
    }

    private mutating func breakLine() { pendingBreaks = min(2, pendingBreaks + 1) }

    // MARK: Tags

    /// Takes a tag or a comment; false when the `<` here begins neither.
    private mutating func takeTag() -> Bool {
        guard at + 1 < html.count else { return false }
        let next = html[at + 1]
        if next == UInt8(ascii: "!") || next == ASCII.question {
            at = html.hasLowered("<!--", at: at) ? commentEnd() : tagEnd(from: at + 2)
            return true
        }
        let isClosing = next == ASCII.slash
        let start = at + (isClosing ? 2 : 1)
        guard start < html.count, ASCII.isLetter(html[start]) else { return false }
        var end = start
        while end < html.count, !Self.isNameEnd(html[end]) { end += 1 }
        at = tagEnd(from: end)
        // No element that means anything here has a longer name.
        let name = String(decoding: html[start..<min(end, start + 15)].map(ASCII.lowered), as: UTF8.self)
        apply(name, isClosing: isClosing)
        return true
    }

    private mutating func apply(_ name: String, isClosing: Bool) {
        switch name {
        case "br": breakLine()
        case "script" where !isClosing: skip(to: "</script")
        case "style" where !isClosing: skip(to: "</style")
        case "title" where !isClosing: skip(to: "</title")
        case "td", "th": hasPendingSpace = true
        case "pre":
            preformattedDepth = max(0, preformattedDepth + (isClosing ? -1 : 1))
            pendingBreaks = 2
        case "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "table": pendingBreaks = 2
        case "li":
            pendingBreaks = max(1, pendingBreaks)
            hasPendingBullet = !isClosing
        case "div", "tr", "dt", "dd", "hr", "address", "article", "aside", "body", "caption", "center", "figure",
            "figcaption", "footer", "form", "header", "main", "nav", "option", "section":
            pendingBreaks = max(1, pendingBreaks)
        default: break
        }
    }

    private mutating func skip(to closing: StaticString) {
        while let less = html.index(of: ASCII.less, from: at, to: html.count) {
            at = less
            if html.hasLowered(closing, at: at) { return }
            at += 1
        }
        at = html.count
    }

    private func commentEnd() -> Int {
        var from = at + 4
        while let end = html.index(of: ASCII.greater, from: from, to: html.count) {
            if html[end - 1] == ASCII.dash, html[end - 2] == ASCII.dash { return end + 1 }
            from = end + 1
        }
        return html.count
    }

    /// The index behind the `>` that ends a tag, outside of quotes; a quote that never ends is no quote. There is none
    /// behind it then, so no byte is searched twice for one.
    private func tagEnd(from start: Int) -> Int {
        var index = start
        while index < html.count {
            let byte = html[index]
            if byte == ASCII.greater { return index + 1 }
            index += 1
            if byte == ASCII.quote || byte == ASCII.apostrophe,
                let end = html.index(of: byte, from: index, to: html.count)
            {
                index = end + 1
            }
        }
        return html.count
    }
}
