import Foundation
import Mail
import Testing

@Suite struct EncodedWordTests {
    static let examples: [(encoded: String, text: String)] = [
        // RFC 2047, section 8
        ("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        ("=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"),
        (
            "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
            "If you can read this you understand the example."
        ),
        ("(=?ISO-8859-1?Q?a?= b)", "(a b)"), ("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        ("(=?ISO-8859-1?Q?a_b?=)", "(a b)"), ("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        // RFC 2231, section 5
        ("=?US-ASCII*EN?Q?Keith_Moore?=", "Keith Moore"),
        // Charsets
        ("=?utf-8?q?caf=c3=a9?=", "café"), ("=?UTF8?B?4pyTIG9r?=", "✓ ok"), ("=?iso-8859-15?Q?=A4?=", "€"),
        ("=?iso-8859-1?Q?=93quoted=94?=", "“quoted”"), ("=?windows-1252?Q?=80?=", "€"),
        ("=?koi8-r?B?8NLJ18XU?=", "Привет"), ("=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
        ("=?iso-8859-5?Q?=BF=E0=D8=D2=D5=E2?=", "Привет"), ("=?koi8-u?Q?=F0=D2=C9=D7=A6=D4?=", "Привіт"),
        ("=?ISO-2022-JP?B?GyRCRnxLXDhsGyhC?=", "日本語"), ("=?Shift_JIS?B?k/qWe4zq?=", "日本語"),
        ("=?EUC-JP?Q?=C6=FC=CB=DC=B8=EC?=", "日本語"), ("=?cp932?B?h0A=?=", "①"), ("=?GB2312?B?1tDOxA==?=", "中文"),
        ("=?gbk?Q?=D6=D0=CE=C4?=", "中文"), ("=?gb18030?B?1tDOxA==?=", "中文"), ("=?big5?B?pKSk5Q==?=", "中文"),
        ("=?euc-kr?B?x9GxuQ==?=", "한국"), ("=?ks_c_5601-1987?Q?=C7=D1=B1=B9?=", "한국"),
        ("=?iso-8859-2?Q?=A3=F3d=BC?=", "Łódź"), ("=?windows-1250?Q?=A3=F3d=9F?=", "Łódź"),
        ("=?iso-8859-7?Q?=C1=E8=DE=ED=E1?=", "Αθήνα"), ("=?windows-1253?Q?=C1=E8=DE=ED=E1?=", "Αθήνα"),
        ("=?iso-8859-8-i?Q?=F9=EC=E5=ED?=", "שלום"), ("=?windows-1255?B?+ezl7Q==?=", "שלום"),
        ("=?windows-1256?Q?=D3=E1=C7=E3?=", "سلام"), ("=?iso-8859-9?Q?=FDstanbul?=", "ıstanbul"),
        ("=?tis-620?B?s9LC?=", "ณาย"), ("=?windows-874?B?s9LC?=", "ณาย"), ("=?windows-1258?Q?Vi=EA=F2t?=", "Việt"),
        ("=?utf-7?Q?+ZeVnLIqe-?=", "日本語"), ("=?ibm850?Q?=81ber?=", "über"), ("=?cp866?B?j+Ci?=", "Прв"),
        ("=?macintosh?Q?caf=8E?=", "café"), ("=?utf-16?B?AGEAYg==?=", "ab"), ("=?utf-16?B?YQBiAA==?=", "ab"),
        ("=?utf-16le?B?YQBiAA==?=", "ab"), ("=?utf-16?B?//5hAA==?=", "\u{FEFF}a"),
        // Breakages of real mail
        ("=?utf-8?B?5pel5pys6A==?= =?utf-8?B?qp4=?=", "日本語"), ("=?utf-8?Q?=E6=97?=\r\n\t=?UTF-8?Q?=A5?=", "日"),
        ("=?big5?B?pKSk?= =?big5?B?5Q==?=", "中文"), ("=?utf-8?Q?one?==?utf-8?Q?_two?=", "one two"),
        ("pre=?utf-8?Q?=C3=A9?=post", "preépost"), ("=?utf-8?Q?a b  c?=", "a b  c"), ("=?utf-8?Q?why?_so?=", "why? so"),
        ("=?utf-8?B?w6k?=", "é"), ("=?utf-8?B?w 6 k=?=", "é"), ("=?utf-8?B?w6k=w6k=?=", "éé"),
        ("=?utf-8?Q?100=?=", "100="),
        ("=?utf-8?Q?a=ZZb=?=", "a=ZZb="), ("=?utf-8?Q??=", ""), ("=?utf-8?Q?=20?=x", " x"), ("=?utf-8?Q?=?=", "="),
        ("=?x-unknown?Q?caf=C3=A9?=", "café"), ("=?x-unknown?Q?caf=E9?=", "café"), ("=?us-ascii?Q?caf=E9?=", "café"),
        ("=?../../x?Q?a?=", "a"), ("=?utf-8?Q?caf=E9?=", "caf\u{FFFD}"), ("=?gb2312?Q?=D6?=", "\u{FFFD}"),
        ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="), ("=?utf-8?Q?abc", "=?utf-8?Q?abc"),
        ("=?utf-8?Q?abc?", "=?utf-8?Q?abc?"),
        ("=?utf-8?Q?a =?utf-8?Q?b?=", "=?utf-8?Q?a b"), ("=??Q?a?=", "=??Q?a?="), ("=?", "=?"),
        ("a = b ? c", "a = b ? c"),
        ("", ""), ("naïve café", "naïve café"), ("\u{1B}$BF|K\\8l\u{1B}(B", "日本語"),
    ]

    @Test("decodes", arguments: examples)
    func decodes(encoded: String, text: String) {
        #expect(Array(encoded.utf8).withUnsafeBytes(EncodedWord.decode) == text)
    }

    @Test("takes bare octets that are no UTF-8 for windows-1252")
    func bareOctets() {
        #expect([UInt8]([0x63, 0x61, 0x66, 0xE9, 0x80]).withUnsafeBytes(EncodedWord.decode) == "café€")
    }
}
