import Glibc
import Platform

/// The functions that libFuzzer calls, and the target that it was started for.
private enum EntryPoints {
    /// Set once, before the first input.
    nonisolated(unsafe) static var target = FuzzTarget.replies

    /// The environment's word for the target: libFuzzer's own child processes inherit it, and get no word in front.
    static let variable = "MAILCASK_FUZZ_TARGET"
}

/// Takes the first word off the command line: the name of a target.
@_cdecl("LLVMFuzzerInitialize")
public func initializeFuzzer(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
    var name = getenv(EntryPoints.variable).map { String(cString: $0) }
    if name == nil, argumentCount.pointee > 1, let word = arguments.pointee[1] {
        name = String(cString: word)
        setenv(EntryPoints.variable, word, 1)
        arguments.pointee[1] = arguments.pointee[0]
        arguments.pointee += 1
        argumentCount.pointee -= 1
    }
    if name == "seeds", argumentCount.pointee == 3 {
        writeSeeds(String(cString: arguments.pointee[1]!), folder: String(cString: arguments.pointee[2]!))
        exit(0)
    }
    guard let target = name.flatMap(FuzzTarget.init(rawValue:)) else {
        print("usage: mailcask-fuzz TARGET [libFuzzer's options] [FOLDER OR FILE...]")
        print("       mailcask-fuzz seeds TARGET FOLDER")
        print("targets:", FuzzTarget.allCases.map(\.rawValue).joined(separator: " "))
        exit(64)
    }
    EntryPoints.target = target
    return 0
}

/// The inputs to begin with that no file holds.
private func writeSeeds(_ target: String, folder: String) {
    for (index, seed) in (FuzzTarget(rawValue: target)?.seeds ?? []).enumerated() {
        do { try FileSystem.replace("\(folder)/made-\(index)", with: seed) } catch { fatalError("\(error)") }
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafeRawPointer?, _ count: Int) -> CInt {
    EntryPoints.target.check(Array(UnsafeRawBufferPointer(start: bytes, count: count)))
    return 0
}
