import Platform
import Testing

@Suite struct ProcessTests {
    @Test("a process is told by its start, and one that is not there by nothing")
    func startTicks() throws {
        let own = try #require(Process.startTicks(of: Process.identifier))
        #expect(Process.startTicks(of: Process.identifier) == own)
        #expect(Process.startTicks(of: 0) == nil)
        #expect(Process.startTicks(of: -1) == nil)
    }

    @Test("there is a processor")
    func processors() {
        #expect(Process.processorCount > 0)
    }

    @Test("sleeping takes its time")
    func sleep() {
        let start = ContinuousClock.now
        Process.sleep(milliseconds: 20)
        #expect(start.duration(to: .now) >= .milliseconds(20))
    }
}
