import Testing

/// A message put together from what becomes its segments, with the line end asked for.
struct Fixture: CustomTestStringConvertible, Sendable {
    let name: String
    let segments: [String]

    var testDescription: String { name }

    init(_ name: String, _ segments: String...) {
        self.name = name
        self.segments = segments
    }

    /// The expected segments, LF written as `lineEnd`.
    func segments(lineEnd: String) -> [[UInt8]] {
        segments.map { Array($0.replacing("\n", with: lineEnd).utf8) }.filter { !$0.isEmpty }
    }

    /// Lines of base64-like text; `tag` makes it differ from others.
    static func base64(_ tag: String, lines: Int = 40) -> String {
        String(repeating: tag + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU2Nzg5+/==\n", count: lines)
    }

    static let all: [Fixture] = [
        Fixture("empty"),
        Fixture("no header end", "Subject: a\nFrom: b\n"),
        Fixture("only a blank line", "\n"),
        Fixture("a small body", "Subject: a\n\nbody\n"),
        Fixture("a large body", "Subject: a\n\n", base64("a")),
        Fixture("a large body without a header", "\n", base64("a")),
        Fixture("a large body without a final newline", "Subject: a\n\n", base64("a") + "end"),
        Fixture(
            "a mixed message with a preamble and an epilogue",
            "Content-Type: multipart/mixed; boundary=\"x y\"\n\npreamble\n\n--x y\nContent-Type: text/plain\n\n",
            base64("a"), "--x y\n\nsmall\n--x y  \nContent-Disposition: attachment\n\n", base64("b"),
            "--x y--\nsmall\n"),
        Fixture(
            "a large preamble and a large epilogue",
            "Content-Type: multipart/mixed; boundary=b\n\n", base64("a"), "--b\n\nsmall\n--b--\n", base64("b")),
        Fixture(
            "a boundary that never closes", "Content-type:MULTIPART/mixed;boundary=b\n\n--b\n\n", base64("a"),
            "--b\n\n",
            base64("b")),
        Fixture(
            "a boundary that never comes",
            "Content-Type: multipart/mixed; boundary=b\n\n", base64("a")),
        Fixture(
            "a multipart without a boundary", "Content-Type: multipart/mixed\n\n", "--b\n\n" + base64("a") + "--b--\n"),
        Fixture(
            "nested multiparts ended by the outer boundary",
            "Content-Type: multipart/mixed; boundary=outer\n\n--outer\n"
                + "Content-Type: multipart/alternative; boundary=inner\n\n--inner\n\n",
            base64("a"), "--inner\nContent-Type: text/html\n\n", base64("b"), "--outer\n\n", base64("c"), "--outer--\n"),
        Fixture(
            "a boundary that is the beginning of another",
            "Content-Type: multipart/mixed; boundary=abc\n\n--abc\n"
                + "Content-Type: multipart/mixed; boundary=abcdef\n\n--abcdef\n\n",
            base64("a"), "--abcdef--\n--abc\n\n", "--abcd\n" + base64("b") + "--ab\n--abc-\n--abc---\n", "--abc--\n"),
        Fixture(
            "a delimiter inside a line is content",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", "x--b\n --b\n- --b\n" + base64("a--b\n-"), "--b--\n"
        ),
        Fixture(
            "the last delimiter without a newline",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", base64("a"), "--b--"),
        Fixture(
            "an open delimiter at the very end",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n", base64("a"), "--b"),
        Fixture(
            "a folded Content-Type with comments and other parameters",
            "Subject: a\nContent-Type: (one; boundary=no) multipart/mixed;\n charset=\"a;boundary=no\";\n\t"
                + "BOUNDARY = (two) \"=_b\\\"c\" ; x=y\nTo: b\n\n--=_b\"c\n\n",
            base64("a"), "--=_b\"c--\n"),
        Fixture(
            "an unquoted boundary with characters that should be quoted",
            "Content-Type: multipart/mixed; boundary=----=_Part/1:2?3; x=y\n\n------=_Part/1:2?3\n\n", base64("a"),
            "------=_Part/1:2?3--\n"),
        Fixture(
            "a boundary in RFC 2231 pieces",
            "Content-Type: multipart/mixed; boundary*0*=us-ascii'en'a%2Fb; boundary*1=\"c d\"\n\n--a/bc d\n\n",
            base64("a"), "--a/bc d--\n"),
        Fixture(
            "a forwarded message",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
                + "Subject: inner\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\n",
            base64("a"), "--c--\n--b\nContent-Type: Message/RFC822 (x)\n\nSubject: plain\n\n", base64("b"), "--b--\n"),
        Fixture(
            "an encoded message is a leaf",
            "Content-Type: message/rfc822\nContent-Transfer-Encoding: BASE64\n\n", base64("a\n\n")),
        Fixture(
            "an encoded multipart is a leaf",
            "Content-Transfer-Encoding: quoted-printable\nContent-Type: multipart/mixed; boundary=b\n\n",
            "--b\n\n" + base64("a") + "--b--\n"),
        Fixture(
            "a digest's parts are messages",
            "Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\n", base64("a"),
            "--b\nContent-Type: text/plain\n\n", "Subject: text\n\n" + base64("b"), "--b--\n"),
        Fixture(
            "a delimiter inside a part's header",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n--b\n\n", base64("a"),
            "--b--\n"),
        Fixture(
            "a boundary with dashes inside text with dashes",
            "Content-Type: multipart/mixed; boundary=\"--\"\n\n----\n\n",
            "-\n--\n---\n-----\n" + base64("-- "), "------\n"),
        Fixture(
            "a delimiter line that is too long",
            "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n",
            base64("a") + "--b" + String(repeating: " ", count: 300) + "\n", "--b--\n"),
        Fixture(
            "the first of two Content-Type fields",
            "Content-Type: multipart/mixed; boundary=b\nContent-Type: text/plain\n\n--b\n\n", base64("a"), "--b--\n"),
        Fixture("a line of a megabyte", "a: b\n\n", String(repeating: "-a", count: 500_000)),
        Fixture(
            "a megabyte of dashes in a multipart", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\n",
            String(repeating: "--", count: 500_000) + "\n", "--b--"),
        Fixture(
            "a header of a megabyte",
            "Content-Type: multipart/mixed;\n boundary=b\nX: " + String(repeating: "x", count: 1_000_000)
                + "\n\n--b\n\n",
            base64("a"), "--b--\n"),
        Fixture("NUL and 8-bit octets", "Subject: \0é\n\n", base64("\0ÿ\u{80}\r\r")),
        Fixture("lone CRs are no line ends", "Subject: a\r\r\rbody" + String(repeating: "\r", count: 2000)),
    ]
}
