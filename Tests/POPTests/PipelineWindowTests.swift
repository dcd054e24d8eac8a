import POP
import Testing

@Suite struct PipelineWindowTests {
    @Test("bounds the number of commands")
    func commands() {
        var window = PipelineWindow(commandLimit: 2)
        for _ in 0..<2 {
            #expect(window.admits(10))
            window.add(10)
        }
        #expect(!window.admits(0) && !window.isLow)
        window.removeFirst(after: .seconds(1))
        #expect(window.admits(10) && window.isLow)
    }

    @Test(
        "lets as much be under way as comes in a second, within bounds",
        arguments: [(50, 1 << 20), (1000, 5 << 20), (100, 16 << 20)] as [(milliseconds: Int, octets: UInt64)])
    func throughput(milliseconds: Int, octets: UInt64) {
        var window = PipelineWindow(commandLimit: 9)
        let received: UInt64 = milliseconds == 50 ? 1000 : 5 << 20
        window.add(received)
        window.removeFirst(after: .milliseconds(milliseconds))
        #expect(window.octetLimit == octets)
    }

    @Test("grows with the answers")
    func growth() {
        var window = PipelineWindow(commandLimit: 40)
        func fill() -> Int {
            var count = 0
            while window.admits(0) {
                window.add(0)
                count += 1
            }
            return count
        }
        #expect(fill() == 32)
        window.removeFirst(after: .seconds(1), isServed: false)
        #expect(fill() == 2)
        window.removeFirst(after: .seconds(1))
        #expect(fill() == 5 && !window.isWide)
        for _ in 0..<37 { window.removeFirst(after: .seconds(1)) }
        #expect(fill() == 40 && window.isWide)
    }

    @Test("is wide from the beginning where the host is known")
    func proven() {
        let window = PipelineWindow(commandLimit: 40, isProven: true)
        #expect(window.isWide)
        #expect(!PipelineWindow(commandLimit: 40).isWide)
    }

    @Test("bounds the octets, the oldest leaving first")
    func octets() {
        var window = PipelineWindow(commandLimit: 9, octetLimit: 100)
        window.add(60)
        #expect(window.admits(40) && !window.admits(41))
        window.add(40)
        #expect(!window.admits(1) && window.admits(0) && !window.isLow)
        window.removeFirst(after: .seconds(100))
        #expect(window.admits((1 << 20) - 40) && !window.admits((1 << 20) - 39))
    }

    @Test("lets one command go, however large")
    func large() {
        var window = PipelineWindow(commandLimit: 9, octetLimit: 100)
        #expect(window.admits(.max))
        window.add(.max)
        #expect(!window.admits(0) && !window.admits(.max))
        window.removeFirst(after: .seconds(100))
        #expect(window.admits(100))
    }

    @Test("without pipelining is one command wide")
    func single() {
        var window = PipelineWindow(commandLimit: 1)
        window.add(0)
        #expect(!window.admits(0))
    }
}
