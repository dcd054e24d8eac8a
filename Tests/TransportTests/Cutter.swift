import Platform
import Transport

/// Cuts connections off from a thread of its own.
enum Cutter {
    static func cutOff(_ handle: SocketHandle, afterMilliseconds milliseconds: Int) {
        _ = Thread(name: "cutter") {
            Process.sleep(milliseconds: milliseconds)
            handle.cutOff()
        }
    }
}
