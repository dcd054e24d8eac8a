/// How much the job does at once: the table `[job]`.
package struct JobSettings: Sendable, Hashable {
    /// Sessions at the same time, over all hosts.
    package var parallel: Int = 8
    /// Sessions at the same time with one host.
    package var parallelPerHost: Int = 4

    static let range = 1...1024
}
