/// How octets of a named charset become text. The names are those of real mail: aliases go to the superset that mail
/// programs mean by them, as the WHATWG Encoding Standard does.
enum Charset: Equatable {
    case utf8
    /// ASCII, Latin-1 and windows-1252, which mail mixes up: read as windows-1252.
    case windows1252
    /// Unknown, none, or ASCII with 8-bit octets: UTF-8 when it is valid, else windows-1252.
    case guessed
    /// UTF-16 of either byte order: real mail does not keep to big-endian (RFC 2781, section 4.3).
    case utf16
    /// One that the C library converts, under its name there.
    case converted(String)

    /// Octets of a charset's name; a longer one is unknown.
    private static let nameByteLimit = 40

    /// Reads the name as it stands in an encoded word, in either case, with or without RFC 2231's `*language`.
    init(name bytes: UnsafeRawBufferPointer) {
        var name = ""
        for byte in bytes.prefix(Self.nameByteLimit + 1) {
            if byte == ASCII.asterisk { break }
            if ASCII.isSpace(byte) || byte == ASCII.quote { continue }
            guard byte < 0x80 else { break }
            name.unicodeScalars.append(Unicode.Scalar(byte == ASCII.underscore ? ASCII.dash : ASCII.lowered(byte)))
        }
        self = bytes.count > Self.nameByteLimit ? .guessed : Self.known(name)
    }

    private static func known(_ name: String) -> Charset {
        switch name {
        case "utf-8", "utf8", "unicode-1-1-utf-8", "x-unicode-2-0-utf-8", "cp65001": .utf8
        case "iso-8859-1", "iso8859-1", "latin1", "latin-1", "l1", "windows-1252", "cp1252", "cp-1252", "win-1252",
            "x-cp1252", "ansi-1252":
            .windows1252
        case "gb2312", "gbk", "gb18030", "gb-2312", "gb2312-80", "x-gbk", "cp936", "ms936", "windows-936", "euc-cn",
            "x-euc-cn", "csgb2312", "chinese":
            .converted("GB18030")
        case "big5", "big-5", "x-big5", "cn-big5", "csbig5", "big5-hkscs", "cp950", "ms950": .converted("BIG5-HKSCS")
        case "shift-jis", "shiftjis", "sjis", "x-sjis", "ms-kanji", "cp932", "ms932", "windows-31j", "csshiftjis":
            .converted("CP932")
        case "euc-jp", "x-euc-jp", "eucjp", "cseucpkdfmtjapanese": .converted("EUC-JP-MS")
        case "iso-2022-jp", "iso-2022-jp-1", "iso-2022-jp-2", "csiso2022jp": .converted("ISO-2022-JP-2")
        case "iso-2022-jp-3", "iso-2022-jp-2004": .converted("ISO-2022-JP-3")
        case "euc-kr", "euckr", "ks-c-5601-1987", "ks-c-5601-1989", "ks-c-5601", "ksc5601", "ksc-5601", "korean",
            "cp949", "ms949", "windows-949", "uhc", "cseuckr":
            .converted("UHC")
        case "iso-2022-kr", "csiso2022kr": .converted("ISO-2022-KR")
        case "iso-2022-cn": .converted("ISO-2022-CN")
        case "euc-tw", "x-euc-tw": .converted("EUC-TW")
        case "tis-620", "tis620", "windows-874", "cp874", "iso-8859-11": .converted("CP874")
        case "koi8-r", "koi8r", "koi8", "cskoi8r": .converted("KOI8-R")
        case "koi8-u", "koi8-ru": .converted("KOI8-U")
        case "iso-8859-9", "latin5", "latin-5": .converted("CP1254")
        case "iso-8859-8-i", "iso-8859-8-e": .converted("ISO-8859-8")
        case "latin2", "latin-2", "l2": .converted("ISO-8859-2")
        case "macintosh", "mac", "x-mac-roman", "macroman": .converted("MACINTOSH")
        case "x-mac-cyrillic", "mac-cyrillic": .converted("MAC-CYRILLIC")
        case "utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7": .converted("UTF-7")
        case "utf-16", "utf16", "ucs-2", "iso-10646-ucs-2", "unicode": .utf16
        case "utf-16be": .converted("UTF-16BE")
        case "utf-16le": .converted("UTF-16LE")
        case "viscii", "tcvn", "armscii-8", "johab": .converted(name.uppercased())
        default: numbered(name)
        }
    }

    /// The single-byte families: a name like `ISO-8859-15`, `windows-1251`, `cp866` or `IBM850`.
    private static func numbered(_ name: String) -> Charset {
        let digits = name.utf8.reversed().prefix { ASCII.isDigit($0) }.count
        guard digits <= 4, let number = Int(name.suffix(digits)) else { return .guessed }
        switch name.dropLast(digits) {
        case "iso-8859-" where (2...16).contains(number), "iso8859-" where (2...16).contains(number):
            return .converted("ISO-8859-\(number)")
        case "windows-" where (1250...1258).contains(number), "win-" where (1250...1258).contains(number):
            return .converted("CP\(number)")
        case "cp", "cp-", "x-cp", "ibm", "ibm-":
            return codePages.contains(number) ? .converted("CP\(number)") : .guessed
        default: return .guessed
        }
    }

    /// Code pages of one octet a character.
    private static let codePages = Set(1250...1258).union([
        437, 737, 775, 850, 852, 855, 857, 858, 860, 861, 862, 863, 864, 865, 866, 869,
    ])

    /// Appends the text of `bytes` as valid UTF-8; what means nothing becomes U+FFFD.
    func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        switch self {
        case .utf8: text.append(contentsOf: String(decoding: bytes, as: UTF8.self).utf8)
        case .windows1252: Self.appendWindows1252(bytes, to: &text)
        case .guessed: Self.appendRaw(bytes, to: &text)
        case .utf16: Charset.converted(Self.isLittleEndian(bytes) ? "UTF-16LE" : "UTF-16BE").append(bytes, to: &text)
        case .converted(let name):
            // Mail that was converted on its way may keep the old charset's name.
            if name.hasPrefix("ISO-2022"), bytes.index(of: ASCII.escape, from: 0, to: bytes.count) == nil {
                return Self.appendRaw(bytes, to: &text)
            }
            // The C library's tables may be absent from a small system.
            guard var converter = CharsetConverter(from: name) else { return Self.appendRaw(bytes, to: &text) }
            converter.append(bytes, to: &text)
        }
    }

    /// Octets without a charset: UTF-8 when valid, else windows-1252; ISO-2022-JP where its escape sequences stand, as
    /// in old Japanese headers.
    static func appendRaw(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        if bytes.isASCII {
            if let escape = bytes.index(of: ASCII.escape, from: 0, to: bytes.count), escape + 1 < bytes.count,
                bytes[escape + 1] == UInt8(ascii: "$"), var converter = CharsetConverter(from: "ISO-2022-JP-2")
            {
                converter.append(bytes, to: &text)
            } else {
                text.append(contentsOf: bytes)
            }
        } else if let valid = String(validating: bytes, as: UTF8.self) {
            text.append(contentsOf: valid.utf8)
        } else {
            appendWindows1252(bytes, to: &text)
        }
    }

    /// By the byte order mark, else by where zero octets stand.
    private static func isLittleEndian(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if bytes.count >= 2, bytes[0] | bytes[1] == 0xFF, bytes[0] & bytes[1] == 0xFE { return bytes[0] == 0xFF }
        var zeros = (even: 0, odd: 0)
        for index in bytes.indices where bytes[index] == 0 {
            if index % 2 == 0 { zeros.even += 1 } else { zeros.odd += 1 }
        }
        return zeros.odd > zeros.even
    }

    private static func appendWindows1252(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        for byte in bytes { text.append(contentsOf: windows1252Scalar(byte).utf8Octets) }
    }

    /// What one octet means in windows-1252.
    static func windows1252Scalar(_ byte: UInt8) -> Unicode.Scalar {
        Unicode.Scalar(byte >= 0x80 && byte < 0xA0 ? windows1252Controls[Int(byte) - 0x80] : UInt16(byte))!
    }

    /// Code points of windows-1252's octets 0x80...0x9F; the five unassigned ones become U+FFFD.
    private static let windows1252Controls: [UInt16] = [
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD,
        0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A,
        0x0153, 0xFFFD, 0x017E, 0x0178,
    ]
}

extension Unicode.Scalar {
    /// The scalar's UTF-8 octets.
    var utf8Octets: Unicode.UTF8.EncodedScalar { Unicode.UTF8.encode(self)! }
}
