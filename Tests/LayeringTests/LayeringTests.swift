import Foundation
import Testing

/// Holds the module map: what each module may import of ours and of the C libraries.
@Suite struct Layering {
    static let allowed: [String: Set<String>] = [
        "Platform": ["CLinux"],
        "Transport": ["Platform", "COpenSSL"],
        "POP": [],
        "Authentication": ["POP", "COpenSSL", "CGSASL", "CGSSAPI"],
        "OAuth": ["Platform", "POP", "CCurl"],
        "Mail": ["COpenSSL"],
        "Archive": ["Platform", "Mail", "CLibArchive", "CDeflate", "CIgzip"],
        "Catalog": ["Platform", "Mail", "Archive", "GRDB"],
        "Retrieval": ["Platform", "Mail", "Archive", "Catalog"],
        "Manifest": ["TOMLKit"],
        "Import": [],
        "Drain": [
            "Platform", "Transport", "POP", "Authentication", "OAuth", "Mail", "Archive", "Catalog", "Retrieval",
            "Manifest",
        ],
        "Commands": [
            "Platform", "Transport", "POP", "Mail", "Archive", "Catalog", "Retrieval", "Manifest", "Import", "Drain",
            "ArgumentParser", "Logging",
        ],
        "mailcask": ["Commands"],
        "Simulation": ["Platform", "COpenSSL"],
        "Benchmarks": [
            "Platform", "Transport", "POP", "Mail", "Archive", "Catalog", "Retrieval", "Manifest", "Drain",
            "Simulation", "ArgumentParser", "GRDB",
        ],
    ]

    /// Modules of the toolchain, open to all.
    static let toolchain: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Dispatch"]

    @Test("every module imports only what stands below it", arguments: allowed.keys.sorted())
    func imports(module: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appending(path: "Sources/\(module)")
        let files = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        #expect(!files.isEmpty, "\(module) has no source")
        for file in files {
            for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
                let words = line.split(separator: " ")
                guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                    words[..<at].allSatisfy({ $0.hasPrefix("@") || ["package", "public", "internal"].contains($0) })
                else { continue }
                let name = String(words.last!.split(separator: ".").first!)
                #expect(
                    Self.toolchain.contains(name) || Self.allowed[module]!.contains(name),
                    "\(file.lastPathComponent) of \(module) imports \(name)")
            }
        }
    }
}
