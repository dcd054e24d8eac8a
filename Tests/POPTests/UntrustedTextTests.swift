import POP
import Testing

@Suite struct UntrustedTextTests {
    @Test(
        "escapes what is not plain text",
        arguments: [
            ("plain text, ünïcödé 漢字", "plain text, ünïcödé 漢字"), ("\u{1B}[31m\u{7}", "\\x1B[31m\\x07"),
            ("a\r\n\tb\0", "a\\x0D\\x0A\\x09b\\x00"), ("\u{7F}\u{9B}", "\\x7F\\xC2\\x9B"),
            ("\u{202E}rtl\u{2066}", "\\xE2\\x80\\xAErtl\\xE2\\x81\\xA6"), ("\u{2028}", "\\xE2\\x80\\xA8"),
            ("\u{FEFF}\u{200B}", "\\xEF\\xBB\\xBF\\xE2\\x80\\x8B"), ("\u{E000}", "\\xEE\\x80\\x80"),
            ("\u{FFFD}", "\u{FFFD}"), ("", ""),
        ])
    func escapes(text: String, escaped: String) {
        #expect(UntrustedText.escaped(text.utf8) == escaped)
    }

    @Test(
        "shows the very bytes of broken UTF-8",
        arguments: [
            ([0xE9], "\\xE9"), ([0x61, 0xFF, 0x62], "a\\xFFb"), ([0xE6, 0xBC], "\\xE6\\xBC"),
            ([0xC0, 0x80], "\\xC0\\x80"), ([0xED, 0xA0, 0x80, 0x21], "\\xED\\xA0\\x80!"),
        ] as [([UInt8], String)])
    func broken(bytes: [UInt8], escaped: String) {
        #expect(UntrustedText.escaped(bytes) == escaped)
    }

    @Test("stops at the limit with an ellipsis, and only beyond it")
    func limit() {
        #expect(UntrustedText.escaped("abc".utf8, characterLimit: 3) == "abc")
        #expect(UntrustedText.escaped("abcd".utf8, characterLimit: 3) == "abc…")
        #expect(UntrustedText.escaped("äöüx".utf8, characterLimit: 3) == "äöü…")
        #expect(UntrustedText.escaped([UInt8](repeating: 0xFF, count: 1 << 20), characterLimit: 2) == "\\xFF\\xFF…")
    }
}
