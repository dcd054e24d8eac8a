/// Reads CSV (RFC 4180) into rows whose fields know where they stand. Lines may end with LF or CRLF.
struct CSVReader {
    struct Field {
        var text: String
        /// With the quotes, if any; never empty unless the field is.
        var span: Range<Int>
    }

    let source: SourceText
    private let bytes: [UInt8]
    private var at = 0
    /// Rows whose quotes are wrong; they are left out.
    private(set) var failures: [TOMLFailure] = []

    init(source: SourceText) {
        self.source = source
        bytes = source.bytes
    }

    /// The next row that is not blank, or `nil` at the end of the text. A row that cannot be read comes as `[]`, and
    /// its failure is the last one of `failures`.
    mutating func next() -> [Field]? {
        while at < bytes.count {
            if let skipped = lineEndLength { at += skipped } else { return readRow() }
        }
        return nil
    }

    private mutating func readRow() -> [Field] {
        var fields: [Field] = []
        while true {
            do {
                fields.append(try isAtQuote ? readQuoted() : readPlain())
            } catch {
                failures.append(error)
                while at < bytes.count, bytes[at] != TOMLByte.lineFeed { at += 1 }
                return []
            }
            if at < bytes.count, bytes[at] == TOMLByte.comma {
                at += 1
                continue
            }
            at += lineEndLength ?? 0
            return fields
        }
    }

    private var isAtQuote: Bool { at < bytes.count && bytes[at] == TOMLByte.quote }

    /// 1 for LF, 2 for CRLF, `nil` elsewhere.
    private var lineEndLength: Int? {
        guard at < bytes.count else { return nil }
        if bytes[at] == TOMLByte.lineFeed { return 1 }
        let isPair =
            bytes[at] == TOMLByte.carriageReturn && at + 1 < bytes.count && bytes[at + 1] == TOMLByte.lineFeed
        return isPair ? 2 : nil
    }

    private mutating func readPlain() throws(TOMLFailure) -> Field {
        let start = at
        while at < bytes.count, bytes[at] != TOMLByte.comma, lineEndLength == nil {
            guard bytes[at] != TOMLByte.quote else {
                throw TOMLFailure(
                    span: at..<(at + 1), message: "there is a quote inside a field that does not begin with one",
                    remedy: "put the whole field in double quotes, and write a quote inside it twice")
            }
            at += 1
        }
        return Field(text: source.text(start..<at), span: start..<at)
    }

    private mutating func readQuoted() throws(TOMLFailure) -> Field {
        let start = at
        var text: [UInt8] = []
        at += 1
        while true {
            guard at < bytes.count else {
                throw TOMLFailure(
                    span: start..<(start + 1), message: "the quoted field does not end",
                    remedy: "close it with a double quote, and write a quote inside it twice")
            }
            if bytes[at] == TOMLByte.quote {
                guard at + 1 < bytes.count, bytes[at + 1] == TOMLByte.quote else { break }
                at += 1
            }
            text.append(bytes[at])
            at += 1
        }
        at += 1
        guard at == bytes.count || bytes[at] == TOMLByte.comma || lineEndLength != nil else {
            throw TOMLFailure(
                span: at..<(at + 1), message: "something follows the closing quote",
                remedy: "put a comma after it, or write a quote inside the field twice")
        }
        return Field(text: String(decoding: text, as: UTF8.self), span: start..<at)
    }
}
