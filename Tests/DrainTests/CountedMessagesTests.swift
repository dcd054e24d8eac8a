import Mail
import Testing

@testable import Drain

@Suite struct CountedMessagesTests {
    private static func digest(_ number: UInt8) -> Digest { withUnsafeBytes(of: number) { Digest.of($0) } }

    @Test("knows the names that were added, and no others")
    func names() {
        var counted = CountedMessages()
        #expect(counted.isEmpty && !counted.contains([1]))
        counted.add([1])
        counted.add([1, 2])
        #expect(!counted.isEmpty)
        #expect(counted.contains([1]) && counted.contains([1, 2]) && !counted.contains([2]) && !counted.contains([]))
    }

    @Test("a name that was taken for known may be counted as something else later, and no other")
    func known() {
        var counted = CountedMessages()
        counted.add([1])
        for name: [UInt8] in [[1], [2], [3]] { counted.addKnown(name) }
        #expect(!counted.containsKnown([1]) && counted.containsKnown([2]) && counted.containsKnown([3]))
        counted.add([2])
        counted.removeKnown([3])
        counted.removeKnown([1])
        #expect(counted.contains([1]) && counted.contains([2]) && !counted.contains([3]))
        #expect(!counted.containsKnown([2]))
    }

    @Test("takes a content as often as any session had it")
    func contents() {
        var counted = CountedMessages()
        counted.add([Self.digest(1): 2, Self.digest(2): 1])
        counted.add([Self.digest(1): 1, Self.digest(3): 1])
        #expect(!counted.isEmpty)
        let took = [1, 1, 1, 2, 2, 3, 3, 4].map { counted.take(Self.digest($0)) }
        #expect(took == [true, true, false, true, false, true, false, false])
    }
}
