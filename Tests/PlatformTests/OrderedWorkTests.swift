import Testing

@testable import Platform

@Suite struct OrderedWorkTests {
    @Test("gives every result once, in the order of the items", arguments: [1, 2, 7])
    func order(workerCount: Int) throws {
        let work = OrderedWork<Int, Int>(workerCount: workerCount) {
            { item in
                if item % 3 == 0 { Process.sleep(milliseconds: 1) }
                return item * item
            }
        }
        var items = (0..<100).makeIterator()
        var results: [Int] = []
        try work.run {
            items.next()
        } take: {
            results.append($0)
            return true
        }
        #expect(results == (0..<100).map { $0 * $0 })
    }

    @Test("has no more under way than twice the workers")
    func bounded() throws {
        let work = OrderedWork<Int, Int>(workerCount: 3) { { $0 } }
        var (given, taken, most) = (0, 0, 0)
        try work.run {
            given += 1
            most = max(most, given - taken)
            return given <= 50 ? given : nil
        } take: { _ in
            taken += 1
            return true
        }
        #expect(taken == 50)
        #expect(most <= 7)
    }

    @Test("ends when no further result is wanted, and when something fails, with its threads ended")
    func ends() throws {
        struct Failure: Error {}
        let work = OrderedWork<Int, Int>(workerCount: 2) { { $0 } }
        var results: [Int] = []
        try work.run {
            results.count
        } take: {
            results.append($0)
            return results.count < 3
        }
        #expect(results.count == 3)
        #expect(throws: Failure.self) {
            try work.run {
                1
            } take: { _ in
                throw Failure()
            }
        }
        #expect(throws: Failure.self) {
            try work.run {
                throw Failure()
            } take: { _ in
                true
            }
        }
    }
}
