import Glibc
import POP
import Simulation

extension Benchmark {
    /// Byte-stuffing taken from a body and the message copied out, against `memcpy` of the same chunks in the same run.
    static let unstuffing = [
        Benchmark(name: "unstuff base64", unit: .megabytes) { workbench in
            var random = SeededRandom(seed: workbench.seed)
            return unstuffing(SampleMail.base64(SampleMail.noise(byteCount: workbench.byteCount * 3 / 4, &random)))
        },
        Benchmark(name: "unstuff text with dots", unit: .megabytes) { workbench in
            var words = SampleWords(seed: workbench.seed)
            var text: [UInt8] = []
            text.reserveCapacity(workbench.byteCount + 1024)
            words.appendText(byteCount: workbench.byteCount, dottedLineInterval: 40, to: &text)
            return unstuffing(text)
        },
    ]

    private static func unstuffing(_ text: [UInt8]) -> () throws -> Sample {
        let body = text + Array("\r\n.\r\n".utf8)
        let copy = CopyTarget(byteCount: body.count)
        return {
            let plain = Sample.measure { body.forEachChunk(copy.append) }
            copy.clear()
            var unstuffer = Unstuffer()
            var isFinished = false
            var sample = Sample.measure(byteCount: body.count) {
                body.forEachChunk { isFinished = unstuffer.consume($0, emit: copy.append).isFinished }
            }
            copy.clear()
            precondition(isFinished, "the terminator was not found")
            sample.notes = [("of memcpy", plain.wallSeconds / sample.wallSeconds)]
            return sample
        }
    }
}

/// Where bytes are copied to, mapped before anything is timed.
private final class CopyTarget {
    private let buffer: UnsafeMutableRawBufferPointer
    private var count = 0

    init(byteCount: Int) {
        buffer = .allocate(byteCount: byteCount, alignment: 64)
        memset(buffer.baseAddress!, 0, byteCount)
    }

    deinit { buffer.deallocate() }

    func append(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= buffer.count - count, "more comes out than went in")
        memcpy(buffer.baseAddress! + count, bytes.baseAddress!, bytes.count)
        count += bytes.count
    }

    func clear() { count = 0 }
}
