import Foundation
import Mail
import Testing

@Suite struct SegmentCutterTests {
    @Test("cuts at the leaves, with either line end", arguments: Fixture.all, ["\r\n", "\n"])
    func cuts(fixture: Fixture, lineEnd: String) {
        let expected = fixture.segments(lineEnd: lineEnd)
        #expect(Cutting.whole(Array(expected.joined())) == expected.map { UInt64($0.count) })
    }

    @Test("cuts the same whatever the chunks", arguments: Fixture.all, ["\r\n", "\n"])
    func chunks(fixture: Fixture, lineEnd: String) {
        let bytes = Array(fixture.segments(lineEnd: lineEnd).joined())
        let whole = Cutting.whole(bytes)
        for length in [1, 2, 3, 7, 299, 300, 301] {
            #expect(Cutting.pieces(bytes, of: length) == whole, "in pieces of \(length)")
        }
        for seed in 0..<UInt64(bytes.count > 100_000 ? 3 : 50) {
            #expect(Cutting.random(bytes, seed: seed) == whole, "in pieces of seed \(seed)")
        }
    }

    @Test(
        "cuts every beginning of a message exactly, and the same whatever the chunks",
        arguments: Fixture.all.filter { $0.segments.joined().utf8.count < 20_000 })
    func truncated(fixture: Fixture) {
        let bytes = Array(fixture.segments(lineEnd: "\r\n").joined())
        for count in 0...bytes.count {
            let start = Array(bytes[..<count])
            let whole = Cutting.whole(start)
            guard whole.reduce(0, +) == UInt64(count), !whole.contains(0),
                Cutting.random(start, seed: UInt64(count)) == whole
            else {
                Issue.record("the first \(count) octets: \(whole)")
                return
            }
        }
    }

    @Test("is ready for the next message when one is finished")
    func reuse() {
        var cutter = SegmentCutter()
        for fixture in Fixture.all {
            let expected = fixture.segments(lineEnd: "\r\n")
            Array(expected.joined()).withUnsafeBytes { cutter.consume($0) }
            #expect(cutter.finish() == expected.map { UInt64($0.count) }, "\(fixture.name)")
        }
    }

    @Test("makes a segment of a leaf from the threshold on", arguments: [1, 10, 1024])
    func threshold(bytes: Int) {
        let cutter = SegmentCutter(leafThresholdBytes: bytes)
        let header = Array("A: b\r\n\r\n".utf8)
        let body = Array(repeating: UInt8(ascii: "x"), count: bytes)
        #expect(Cutting.whole(header + body, cutter) == [8, UInt64(bytes)])
        #expect(Cutting.whole(header + body.dropLast(), cutter) == [UInt64(8 + bytes - 1)])
    }

    @Test("never makes more segments than the limit", arguments: 1...12)
    func segmentLimit(limit: Int) {
        let part = "--b\r\n\r\n" + Fixture.base64("a")
        for close in ["", "--b--\r\n"] {
            let text = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + String(repeating: part, count: 5) + close
            let bytes = Array(text.utf8)
            let full = Cutting.whole(bytes)
            let lengths = Cutting.whole(bytes, SegmentCutter(segmentLimit: limit))
            #expect(lengths.count <= limit)
            #expect(lengths.count >= min(full.count, limit - 1), "no more is given up than must be")
            #expect(lengths.reduce(0, +) == UInt64(bytes.count))
            #expect(lengths.dropLast() == full.prefix(lengths.count - 1))
            #expect(Cutting.pieces(bytes, of: 1, SegmentCutter(segmentLimit: limit)) == lengths)
        }
    }

    @Test("takes a multipart below the depth limit for a leaf", arguments: [0, 1, 31, 32, 1000])
    func depth(limit: Int) {
        var text = ""
        for level in 0..<1000 { text += "Content-Type: multipart/mixed; boundary=b\(level)\n\n--b\(level)\n" }
        let leaf = "\n" + Fixture.base64("a")
        let bytes = Array((text + leaf + "--b0\n\n" + leaf + "--b0--").utf8)
        let lengths = Cutting.whole(bytes, SegmentCutter(depthLimit: limit))
        #expect(lengths.count == (limit == 0 ? 2 : 5))
        #expect(lengths.reduce(0, +) == UInt64(bytes.count))
        #expect(Cutting.random(bytes, seed: 1, SegmentCutter(depthLimit: limit)) == lengths)
    }

    @Test("follows messages within messages to any depth")
    func nestedMessages() {
        let text = String(repeating: "Content-Type: message/rfc822\r\n\r\n", count: 5000)
        let bytes = Array((text + "\r\n" + Fixture.base64("a")).utf8)
        #expect(Cutting.whole(bytes) == [UInt64(text.utf8.count + 2), UInt64(bytes.count - text.utf8.count - 2)])
    }

    @Test("looks at boundaries of up to 200 octets", arguments: [1, 70, 199, 200, 201, 500])
    func boundaryLength(length: Int) {
        let boundary = String(repeating: "b", count: length)
        let text = "Content-Type: multipart/mixed; boundary=\(boundary)\n\n--\(boundary)\n\n"
        let bytes = Array((text + Fixture.base64("a") + "--\(boundary)--\n").utf8)
        #expect(Cutting.whole(bytes).count == (length <= 200 ? 3 : 2))
    }

    @Test("gives two deliveries of one mail the same segments but the first")
    func deliveries() throws {
        let mail = try #require(Fixture.all.first { $0.name.hasPrefix("a mixed message") })
        let bytes = Array(mail.segments(lineEnd: "\r\n").joined())
        let one = Cutting.segments(Array("Received: by one.example; 1 Jan 2024 10:00 +0000\r\n".utf8) + bytes)
        let two = Cutting.segments(Array("Received: by two.example\r\nDelivered-To: ann@x.example\r\n".utf8) + bytes)
        #expect(one.count == 5)
        #expect(one.dropFirst() == two.dropFirst())
        #expect(one.first != two.first)
    }

    @Test("gives a forwarded attachment the same segment in both mails")
    func forwarded() throws {
        let attachment = Fixture.base64("attachment").replacing("\n", with: "\r\n")
        func mail(_ boundary: String, _ inside: String) -> [UInt8] {
            let head = "Content-Type: multipart/mixed; boundary=\(boundary)\r\n\r\n--\(boundary)\r\n\r\nsee there\r\n"
            return Array("\(head)--\(boundary)\r\n\(inside)--\(boundary)--\r\n".utf8)
        }
        let part = "Content-Type: application/pdf\r\n\r\n" + attachment
        let first = mail("one", part)
        let again = mail("two", part)
        let within = mail("three", "Content-Type: message/rfc822\r\n\r\n" + String(decoding: first, as: UTF8.self))
        for message in [first, again, within] {
            #expect(Cutting.segments(message).contains(Array(attachment.utf8)))
        }
    }
}
