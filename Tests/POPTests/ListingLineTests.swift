import POP
import Testing

@Suite struct ListingLineTests {
    @Test(
        "LIST gives number and octets",
        arguments: [
            ("1 120", 1, 120 as UInt64?), ("2\t \t200", 2, 200), (" 3  1 ", 3, 1), ("4 120 more here", 4, 120),
            ("+OK 5 120", 5, 120), ("+OK\t6\t120", 6, 120), ("7", 7, nil), ("8 ", 8, nil), ("9 -1", 9, nil),
            ("10 many", 10, nil), ("11 1.5", 11, nil), ("12 +5", 12, nil), ("007 000120", 7, 120),
            ("4294967295 999999999999999999", .max, 999_999_999_999_999_999), ("1 9999999999999999999", 1, nil),
            ("1 99999999999999999999999999999999999999999999", 1, nil), ("1 12\u{E9}", 1, nil), ("1 12\0", 1, nil),
        ])
    func scanListing(line: String, number: UInt32, octets: UInt64?) throws {
        let listing = try latin1(line).withUnsafeBytes { try ScanListing(line: $0) }
        #expect(listing.number == MessageNumber(number))
        #expect(listing.octets == octets)
    }

    @Test(
        "UIDL gives number and unique-id, whatever is in it",
        arguments: [
            ("1 whqtswO00WBw418f9t5JxYwZ", 1, "whqtswO00WBw418f9t5JxYwZ"), ("2\t\tid", 2, "id"), ("+OK 3 id", 3, "id"),
            ("4", 4, ""), ("5 ", 5, ""), ("6 with spaces\tand tabs \t", 6, "with spaces\tand tabs"),
            ("7 \u{E9}\u{FF}\0", 7, "\u{E9}\u{FF}\0"), ("8 +OK", 8, "+OK"), ("9 a\rb", 9, "a\rb"),
            ("10 " + String(repeating: "long", count: 999), 10, String(repeating: "long", count: 999)),
        ])
    func uniqueIDListing(line: String, number: UInt32, uniqueID: String) throws {
        let listing = try latin1(line).withUnsafeBytes { try UniqueIDListing(line: $0) }
        #expect(listing.number == MessageNumber(number))
        #expect(listing.uniqueID == UniqueID(latin1(uniqueID)))
        #expect(listing.uniqueID.isEmpty == uniqueID.isEmpty)
    }

    @Test(
        "a line without a message number is refused",
        arguments: [
            "", " ", "+OK", "+OK ", "0 120", "-1 120", "x 120", "1x 120", "4294967296 1", "\u{E9} 1", "+1 2",
            "99999999999999999999999 1", "1.0 2",
        ])
    func malformed(line: String) {
        let error = POPError(.malformedListing, received: latin1(line))
        #expect(throws: error) { try latin1(line).withUnsafeBytes { try ScanListing(line: $0) } }
        #expect(throws: error) { try latin1(line).withUnsafeBytes { try UniqueIDListing(line: $0) } }
    }

    @Test("lines out of order, repeated and with gaps come as they are")
    func order() throws {
        var player = Player([[.uniqueIDs]])
        player.feed(latin1("+OK\r\n+OK\r\n+OK 9 c\r\n2\ta\r\n2 a\r\n.\r\n"))
        let listings = try player.seen.compactMap { seen -> UniqueIDListing? in
            guard case .line(let line) = seen else { return nil }
            return try latin1(line).withUnsafeBytes { try UniqueIDListing(line: $0) }
        }
        #expect(listings.map(\.number.value) == [9, 2, 2])
        #expect(listings.map(\.uniqueID.description) == ["c", "a", "a"])
    }
}
