import Testing

/// A message and what a person reads of it.
struct ReadableFixture: CustomTestStringConvertible, Sendable {
    let name: String
    /// One scalar up to U+00FF for each octet, line ends as LF.
    let message: String
    let text: String
    /// `type/subtype name` of each.
    let attachments: [String]

    var testDescription: String { name }

    init(_ name: String, _ message: String, _ text: String, _ attachments: [String] = []) {
        self.name = name
        self.message = message
        self.text = text
        self.attachments = attachments
    }

    /// The message of one part with these values of Content-Type and Content-Transfer-Encoding.
    init(_ name: String, type: String, encoding: String = "8bit", _ body: String, _ text: String) {
        self.init(name, "Content-Type: \(type)\nContent-Transfer-Encoding: \(encoding)\n\n\(body)", text)
    }

    /// A multipart of these parts.
    init(_ name: String, multipart: String, _ parts: [String], _ text: String, _ attachments: [String] = []) {
        let body = parts.map { "--b\n\($0)\n" }.joined()
        self.init(
            name, "Content-Type: multipart/\(multipart); boundary=b\n\npreamble\n\(body)--b--\nend", text, attachments)
    }

    /// An attachment with these fields.
    init(_ name: String, attachment fields: String, named: String) {
        let type = fields.hasPrefix("Content-Type") ? "" : "Content-Type: a/b\n"
        self.init(name, multipart: "mixed", ["\(type)\(fields)\n\nx"], "", ["a/b \(named)"])
    }

    func bytes(lineEnd: String) -> [UInt8] {
        message.replacing("\n", with: lineEnd).unicodeScalars.map { UInt8($0.value) }
    }

    static let all = charsets + encodings + html + multiparts + names

    private static let charsets = [
        ReadableFixture("nothing", "", ""),
        ReadableFixture("no body", "Subject: a\n", ""),
        ReadableFixture("no header", "\ntext", "text\n"),
        ReadableFixture("an old message", "Subject: a\n\none\n\n two\n", "one\n\n two\n"),
        ReadableFixture("Latin-1", type: "text/plain; charset=iso-8859-1", "\u{E4}\u{80}\n", "ä€\n"),
        ReadableFixture("UTF-8 without a charset", type: "text/plain", "\u{C3}\u{A4}\n", "ä\n"),
        ReadableFixture("8-bit octets without a charset", type: "text/plain", "\u{E4}\n", "ä\n"),
        ReadableFixture("KOI8-R", type: "TEXT/Plain; Charset=\"KOI8-R\"", "\u{CD}\u{C9}\u{D2}", "мир\n"),
        ReadableFixture(
            "ISO-2022-JP", type: "text/plain; charset=ISO-2022-JP", "\u{1B}$B$\"\u{1B}(B.\n", "\u{3042}.\n"),
        ReadableFixture(
            "UTF-8 by the name of ISO-2022-JP", type: "text/plain; charset=ISO-2022-JP", "\u{E3}\u{81}\u{82}",
            "\u{3042}\n"),
        ReadableFixture(
            "UTF-16", type: "text/plain; charset=utf-16", encoding: "base64", "//5hAGIACgA=", "ab\n"),
        ReadableFixture("an unknown charset", type: "text/plain; charset=x-none", "\u{E4}", "ä\n"),
        ReadableFixture("no type but text", type: "text", "a", "a\n"),
        ReadableFixture(
            "control characters", type: "text/plain", "a\u{0}b\u{1B}[2J\u{8}c\td\u{7F}\u{C2}\u{9B}e\u{C}\n",
            "ab[2Jc\tde\n"),
        ReadableFixture(
            "characters that reverse", type: "text/plain", "\u{EF}\u{BB}\u{BF}a\u{E2}\u{80}\u{AE}b", "ab\n"),
    ]

    private static let encodings = [
        ReadableFixture(
            "quoted-printable", type: "text/plain; charset=utf-8", encoding: "Quoted-Printable",
            "=C3=A4 a=\nb =  \nc=3D=3d =ZZ =4\ntrailing \t\n=", "ä ab c== =ZZ =4\ntrailing\n"),
        ReadableFixture(
            "quoted-printable cut off", type: "text/plain", encoding: "quoted-printable", "a=3", "a=3\n"),
        ReadableFixture("base64", type: "text/plain", encoding: "BASE64", "b25lDQ\np0d28K", "one\ntwo\n"),
        ReadableFixture("base64 without padding", type: "text/plain", encoding: "base64", "b25l\nIQ", "one!\n"),
        ReadableFixture(
            "base64 with stray characters", type: "text/plain", encoding: "base64 (x)", "b2!5\n \u{FF}l=IQ==\n",
            "one!\n"),
        ReadableFixture("an unknown encoding", type: "text/plain", encoding: "x-none", "a=20", "a=20\n"),
    ]

    private static let html = [
        ReadableFixture(
            "HTML only", type: "text/html; charset=utf-8",
            """
            <!DOCTYPE html><html><head><title>no</title><style>p > a { b: c }</style>
            <script>if (a < b) { "</p>" }</script></head>
            <body><!-- no > --><p>One &amp; <b>two</b>,
            three&nbsp;&eacute;&#228;&#xE4;&#150;</p><p class="a>b">four<br>five<br/>
            <div>six</div><div><br></div><div>seven</div>
            <ul><li>eight<li>nine</ul><table><tr><td>a</td><td>b</td></tr><tr><td>c</table>
            a < b &unknown; &copy 3 &#0;&
            """,
            """
            One & two, three éää–

            four
            five
            six

            seven

            - eight
            - nine

            a b
            c

            a < b &unknown; © 3 &

            """),
        ReadableFixture("a quote that never ends in a tag", type: "text/html", "a<p>b<a href=\"c>d<a", "a\n\nbd\n"),
        ReadableFixture(
            "HTML entities by name", type: "text/html",
            "&iexcl;&yuml;&Alpha;&Rho;&Sigma;&Omega;&alpha;&sigmaf;&sigma;&omega;&bull", "¡ÿΑΡΣΩαςσω•\n"),
        ReadableFixture("preformatted HTML", type: "text/html", "<pre>a  b\n  c</pre> d  e", "a  b\n  c\n\nd e\n"),
        ReadableFixture("a script that never ends", type: "text/html", "a<script>b<p>c", "a\n"),
        ReadableFixture("a comment that never ends", type: "text/html", "a<!-- b<p>c", "a\n"),
        ReadableFixture(
            "HTML that names its charset", type: "text/html",
            "<META content='text/html; charset=koi8-r'>\u{CD}", "м\n"),
        ReadableFixture(
            "HTML entities of control characters", type: "text/html", "a&#27;[31m&#x9b;b&#155;", "a[31m›b›\n"),
    ]

    private static let multiparts = [
        ReadableFixture(
            "parts in order", multipart: "mixed",
            [
                "\none", "Content-Type: image/png\n\nx", "Content-Type: text/html\n\n<p>two",
                "Content-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n\nno", "\n \t\n",
                "Content-Type: text/x-diff\n\nthree\n", "Content-Type: text/calendar; name=b.ics\n\nno",
            ], "one\n\ntwo\n\nthree\n", ["image/png ", "text/plain a.txt", "text/calendar b.ics"]),
        ReadableFixture(
            "alternatives", multipart: "alternative",
            [
                "Content-Type: text/html\n\n<p>two", "\none",
                "Content-Type: multipart/related; boundary=c\n\n--c\nContent-Type: text/html\n\nno\n"
                    + "--c\nContent-Type: image/png; name=c.png\n\nx\n--c--",
            ], "one\n", ["image/png c.png"]),
        ReadableFixture(
            "alternatives with an empty plain one", multipart: "alternative",
            ["\n\n", "Content-Type: text/html\n\n<p>two"], "two\n"),
        ReadableFixture(
            "nested messages", multipart: "mixed",
            [
                "\none",
                "Content-Type: message/rfc822\n\nSubject: =?utf-8?Q?=C3=A4?=\nFrom: a@b\n"
                    + "Content-Type: message/rfc822\n\nTo: c@d\nContent-Type: multipart/mixed; boundary=c\n\n"
                    + "--c\n\ntwo\n--c\nContent-Type: a/b\n\n",
                "\nthree",
            ],
            """
            one

            ----- Enclosed message -----
            From: a@b
            Subject: ä

            ----- Enclosed message -----
            To: c@d

            two

            three

            """, ["a/b "]),
        ReadableFixture(
            "an encoded message", type: "message/rfc822", encoding: "base64", "U3ViamVjdDogYQoKYg==",
            "----- Enclosed message -----\nSubject: a\n\nb\n"),
        ReadableFixture(
            "a digest", multipart: "digest", ["\nSubject: a\n\nb"], "----- Enclosed message -----\nSubject: a\n\nb\n"),
        ReadableFixture(
            "a report", multipart: "report",
            [
                "\none", "Content-Type: message/delivery-status\n\nAction: failed",
                "Content-Type: text/rfc822-headers\n\nSubject: a",
            ], "one\n\nAction: failed\n\nSubject: a\n"),
        ReadableFixture(
            "a boundary that never comes", "Content-Type: multipart/mixed; boundary=b\n\n--c\n\na\n", "--c\n\na\n"),
        ReadableFixture("a multipart without a boundary", "Content-Type: multipart/mixed\n\n--c\n\na\n", "--c\n\na\n"),
        ReadableFixture(
            "a multipart that claims an encoding",
            "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\none\n--b\n\ntwo",
            "one\n\ntwo\n"),
        ReadableFixture(
            "parts that the outer boundary ends", multipart: "mixed",
            ["Content-Type: multipart/alternative; boundary=c\n\n--c\n\none", "\ntwo"], "one\n\ntwo\n"),
    ]

    private static let names = [
        ReadableFixture(
            "a plain name", attachment: "Content-Disposition: attachment; filename=\"a b.txt\"", named: "a b.txt"),
        ReadableFixture("a name of the type", attachment: "Content-Type: A/B; NAME=a.txt", named: "a.txt"),
        ReadableFixture(
            "an empty name",
            attachment: "Content-Type: a/b; name=a.txt\nContent-Disposition: attachment; filename=\"\"",
            named: "a.txt"),
        ReadableFixture(
            "a name in pieces out of order",
            attachment: "Content-Disposition: attachment;\n filename*1*=%A4b; filename*2=\"c%20.txt\";\n"
                + " filename*0*=utf-8'de'a%C3; filename=no.txt",
            named: "aäbc%20.txt"),
        ReadableFixture(
            "an extended name",
            attachment: "Content-Disposition: attachment; filename*=iso-8859-1''%E4%2Fb%0D%0A%1B", named: "äb"),
        ReadableFixture("octets that are no type", attachment: "Content-Type: \u{C2}\u{1}\u{9B}a/b", named: ""),
        ReadableFixture(
            "a name in encoded words",
            attachment: "Content-Disposition: inline; filename=\"=?utf-8?B?w6Q=?=\n =?utf-8?Q?=2E=2E=2Fb?=\"",
            named: "ä..b"),
        ReadableFixture(
            "a name with 8-bit octets and folders",
            attachment: "Content-Disposition: attachment; filename=\"C:\\\\x\\\\\u{E4}/../b\u{7}\"", named: "C:xä..b"),
    ]
}
