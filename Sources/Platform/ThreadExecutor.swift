/// Runs the jobs of tasks one after the other on a thread that it owns, so that they may block.
///
/// As a task executor it carries one connection; as a serial executor it carries an actor. The thread ends, after the
/// jobs already given, when `stop()` is called.
package final class ThreadExecutor: TaskExecutor, SerialExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        var isStopping = false
    }

    /// Which kind of job this thread runs: what the runtime is told when one begins.
    package enum Role: Sendable { case task, actor }

    private let queue = Monitor(Queue())
    private let role: Role

    package init(name: String, role: Role) {
        self.role = role
        _ = Thread(name: name) { [self] in run() }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.update { $0.jobs.append(job) }
    }

    /// Ends the thread once its queue is empty. Nothing may be enqueued afterwards.
    package func stop() { queue.update { $0.isStopping = true } }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    private func run() {
        while true {
            let batch: [UnownedJob]? = queue.wait { queue in
                if queue.jobs.isEmpty { return queue.isStopping ? .some(nil) : nil }
                defer { queue.jobs.removeAll(keepingCapacity: true) }
                return queue.jobs
            }
            guard let batch else { return }
            for job in batch {
                switch role {
                case .task: job.runSynchronously(on: asUnownedTaskExecutor())
                case .actor: job.runSynchronously(on: asUnownedSerialExecutor())
                }
            }
        }
    }
}
