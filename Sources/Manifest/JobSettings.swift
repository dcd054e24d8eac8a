/// How much the job does at once: the table `[job]`.
package struct JobSettings: Sendable, Hashable {
    /// Sessions at the same time, over all hosts.
    package var parallel: Int
    /// Sessions at the same time with one host.
    package var parallelPerHost: Int

    package init(parallel: Int = 8, parallelPerHost: Int = 4) {
        self.parallel = parallel
        self.parallelPerHost = parallelPerHost
    }

    static let range = 1...1024
}
