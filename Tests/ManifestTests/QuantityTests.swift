import Testing

@testable import Manifest

@Suite struct QuantityTests {
    @Test(
        "reads durations",
        arguments: [
            ("30 s", Duration.seconds(30)), ("30s", .seconds(30)), ("500 ms", .milliseconds(500)),
            ("2 min", .seconds(120)),
            ("1 h", .seconds(3600)), ("0 s", .zero), ("18446744073709551615 h", .seconds(Int64.max)),
        ])
    func durations(text: String, duration: Duration) {
        #expect(Quantity(text)?.duration == duration)
    }

    @Test(
        "reads sizes",
        arguments: [
            ("1 GiB", UInt64(1 << 30)), ("1gib", 1 << 30), ("500 MB", 500_000_000), ("7 B", 7), ("3 KiB", 3072),
            ("3 kB", 3000),
            ("2 TiB", 2 << 40), ("18446744073709551615 TB", .max),
        ])
    func sizes(text: String, bytes: UInt64) {
        #expect(Quantity(text)?.byteCount == bytes)
    }

    @Test(
        "refuses what is neither",
        arguments: [
            "", " ", "s", "30", "-1 s", "+1 s", "1.5 s", "1 s ", " 1 s", "1\ts", "1 s s", "1 d", "1 M", "1 S", "٣ s",
            "99999999999999999999 s",
        ])
    func nothing(text: String) {
        #expect(Quantity(text)?.duration == nil)
        #expect(Quantity(text)?.byteCount == nil)
    }
}

@Suite struct HostNameTests {
    @Test(
        "takes names and addresses",
        arguments: [
            ("pop.example.org", "pop.example.org"), ("pop.example.org.", "pop.example.org"), ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"), ("::1", "::1"), ("[2001:db8::1]", "2001:db8::1"),
            ("fe80::1%eth0", "fe80::1%eth0"),
            ("a_b.example", "a_b.example"), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ])
    func good(text: String, host: String) throws {
        #expect(try HostName.validated(text) == host)
    }

    @Test(
        "refuses the rest",
        arguments: [
            "", ".", "a..b", "pop3s://a", "a b", "a\n", "a\u{7F}", "u@a", "a:995", "bücher.example", "a/b", "[::1",
            "::g", "[a]",
            String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
        ])
    func bad(text: String) {
        #expect(throws: HostName.Problem.self) { try HostName.validated(text) }
    }
}

@Suite struct EditDistanceTests {
    @Test(
        "counts steps",
        arguments: [
            ("", "", 0), ("abc", "abc", 0), ("abc", "", 3), ("", "abc", 3), ("hots", "host", 1),
            ("pasword", "password", 1),
            ("kitten", "sitting", 3),
        ])
    func steps(a: String, b: String, count: Int) {
        #expect(EditDistance.between(a, b) == count)
    }

    @Test(
        "guesses what is near",
        arguments: [
            ("pasword", "password"), ("password_file", "password-file"), ("HOST", "host"),
            ("conect-timeout", "connect-timeout"),
            ("server", "host"), ("username", "user"), ("zzz", nil), ("p", nil),
        ])
    func meant(word: String, key: String?) {
        #expect(ManifestKeys.meant(by: word, in: .account) == key)
    }
}
