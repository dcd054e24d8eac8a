import Glibc

/// A POSIX thread that takes no signals, so that a peer's going away (SIGPIPE under TLS) ends a write and nothing more.
struct ServerThread: Sendable {
    private let handle: pthread_t

    /// nil when the system has no thread left. The system shows the first 15 bytes of the name.
    init?(name: String, _ body: @escaping @Sendable () -> Void) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 512 * 1024)
        defer { pthread_attr_destroy(&attributes) }
        let box = Unmanaged.passRetained(Body(name: name, run: body))
        var handle = pthread_t()
        // The new thread inherits the mask of this one.
        var all = sigset_t()
        var before = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        let status = pthread_create(
            &handle, &attributes,
            { argument in
                let body = Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue()
                body.takeName()
                body.run()
                return nil
            }, box.toOpaque())
        pthread_sigmask(SIG_SETMASK, &before, nil)
        guard status == 0 else {
            box.release()
            return nil
        }
        self.handle = handle
    }

    /// Waits for its end. Once for each thread.
    func join() { pthread_join(handle, nil) }

    private final class Body: Sendable {
        private let name: String
        let run: @Sendable () -> Void

        init(name: String, run: @escaping @Sendable () -> Void) {
            self.name = name
            self.run = run
        }

        /// Names the calling thread. Glibc's function for it is hidden from Swift.
        func takeName() {
            let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            _ = write(descriptor, name, name.utf8.count)
            close(descriptor)
        }
    }
}
