/// A character reference in HTML: `&eacute;`, `&#233;` or `&#xE9;`. The names are those of HTML 4; the semicolon may
/// lack.
struct HTMLEntity {
    let scalar: Unicode.Scalar
    /// The index behind the reference.
    let end: Int

    private static let nameByteLimit = 10

    /// Reads the reference whose `&` stands at `start`; `nil` when it is none.
    init?(_ html: UnsafeRawBufferPointer, at start: Int) {
        var at = start + 1
        let isNumeric = at < html.count && html[at] == UInt8(ascii: "#")
        if isNumeric { at += 1 }
        let bodyStart = at
        while at < html.count, at - bodyStart <= Self.nameByteLimit,
            ASCII.isLetter(html[at]) || ASCII.isDigit(html[at])
        {
            at += 1
        }
        let body = String(decoding: html[bodyStart..<at], as: UTF8.self)
        guard let scalar = isNumeric ? Self.numbered(body) : Self.names[body] else { return nil }
        self.scalar = scalar
        end = at < html.count && html[at] == ASCII.semicolon ? at + 1 : at
    }

    /// Numbers that mean a control character are octets of windows-1252, as in browsers; impossible ones are U+FFFD.
    private static func numbered(_ digits: String) -> Unicode.Scalar? {
        let isHex = digits.first == "x" || digits.first == "X"
        guard let number = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits) else { return nil }
        if number < 0x100 { return Charset.windows1252Scalar(UInt8(number)) }
        return Unicode.Scalar(number) ?? "\u{FFFD}"
    }

    private static let names: [String: Unicode.Scalar] = {
        var names: [String: Unicode.Scalar] = [
            "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "AMP": "&", "LT": "<", "GT": ">", "QUOT": "\"",
            "OElig": "\u{152}", "oelig": "\u{153}", "Scaron": "\u{160}", "scaron": "\u{161}", "Yuml": "\u{178}",
            "fnof": "\u{192}", "circ": "\u{2C6}", "tilde": "\u{2DC}", "thetasym": "\u{3D1}", "upsih": "\u{3D2}",
            "piv": "\u{3D6}", "ensp": "\u{2002}", "emsp": "\u{2003}", "thinsp": "\u{2009}", "zwnj": "\u{200C}",
            "zwj": "\u{200D}", "lrm": "\u{200E}", "rlm": "\u{200F}", "ndash": "\u{2013}", "mdash": "\u{2014}",
            "lsquo": "\u{2018}", "rsquo": "\u{2019}", "sbquo": "\u{201A}", "ldquo": "\u{201C}", "rdquo": "\u{201D}",
            "bdquo": "\u{201E}", "dagger": "\u{2020}", "Dagger": "\u{2021}", "bull": "\u{2022}", "hellip": "\u{2026}",
            "permil": "\u{2030}", "prime": "\u{2032}", "Prime": "\u{2033}", "lsaquo": "\u{2039}", "rsaquo": "\u{203A}",
            "oline": "\u{203E}", "frasl": "\u{2044}", "euro": "\u{20AC}", "image": "\u{2111}", "weierp": "\u{2118}",
            "real": "\u{211C}", "trade": "\u{2122}", "alefsym": "\u{2135}", "larr": "\u{2190}", "uarr": "\u{2191}",
            "rarr": "\u{2192}", "darr": "\u{2193}", "harr": "\u{2194}", "crarr": "\u{21B5}", "lArr": "\u{21D0}",
            "uArr": "\u{21D1}", "rArr": "\u{21D2}", "dArr": "\u{21D3}", "hArr": "\u{21D4}", "forall": "\u{2200}",
            "part": "\u{2202}", "exist": "\u{2203}", "empty": "\u{2205}", "nabla": "\u{2207}", "isin": "\u{2208}",
            "notin": "\u{2209}", "ni": "\u{220B}", "prod": "\u{220F}", "sum": "\u{2211}", "minus": "\u{2212}",
            "lowast": "\u{2217}", "radic": "\u{221A}", "prop": "\u{221D}", "infin": "\u{221E}", "ang": "\u{2220}",
            "and": "\u{2227}", "or": "\u{2228}", "cap": "\u{2229}", "cup": "\u{222A}", "int": "\u{222B}",
            "there4": "\u{2234}", "sim": "\u{223C}", "cong": "\u{2245}", "asymp": "\u{2248}", "ne": "\u{2260}",
            "equiv": "\u{2261}", "le": "\u{2264}", "ge": "\u{2265}", "sub": "\u{2282}", "sup": "\u{2283}",
            "nsub": "\u{2284}", "sube": "\u{2286}", "supe": "\u{2287}", "oplus": "\u{2295}", "otimes": "\u{2297}",
            "perp": "\u{22A5}", "sdot": "\u{22C5}", "lceil": "\u{2308}", "rceil": "\u{2309}", "lfloor": "\u{230A}",
            "rfloor": "\u{230B}", "lang": "\u{2329}", "rang": "\u{232A}", "loz": "\u{25CA}", "spades": "\u{2660}",
            "clubs": "\u{2663}", "hearts": "\u{2665}", "diams": "\u{2666}",
        ]
        for (list, first) in [(latin1, 0xA0 as UInt32), (greekCapitals, 0x391), (greekSmalls, 0x3B1)] {
            for (offset, name) in list.split(separator: " ").enumerated() {
                names[String(name)] = Unicode.Scalar(first + UInt32(offset))
            }
        }
        return names
    }()

    /// Names of consecutive characters, from U+00A0 on.
    private static let latin1 = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute \
        micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring \
        AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml \
        times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil \
        egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash \
        ugrave uacute ucirc uuml yacute thorn yuml
        """

    /// From U+0391 on; final sigma has no capital.
    private static let greekCapitals = """
        Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon \
        Phi Chi Psi Omega
        """

    /// From U+03B1 on.
    private static let greekSmalls = """
        alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau \
        upsilon phi chi psi omega
        """
}
