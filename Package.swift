// swift-tools-version: 6.2
import PackageDescription

// The targets stand in the order of a message's journey, from the socket to the report.
// Tests/LayeringTests holds which module may import which.

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

let package = Package(
    name: "mailcask",
    products: [
        .executable(name: "mailcask", targets: ["mailcask"]),
        .executable(name: "mailcask-bench", targets: ["mailcask-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        .systemLibrary(name: "CGSASL", pkgConfig: "libgsasl", providers: [.apt(["libgsasl-dev"])]),
        .systemLibrary(name: "CGSSAPI", providers: [.apt(["libkrb5-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CIgzip", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),

        module("Platform", ["CLinux"]),
        module("Transport", ["Platform", "COpenSSL"]),
        module("POP"),
        module("Authentication", ["POP", "COpenSSL", "CGSASL", "CGSSAPI"]),
        module("OAuth", ["Platform", "POP", "CCurl"]),
        module("Mail", ["COpenSSL"]),
        module("Archive", ["Platform", "Mail", "CLibArchive", "CDeflate", "CIgzip"]),
        module("Catalog", ["Platform", "Mail", "Archive", grdb]),
        module("Retrieval", ["Platform", "Mail", "Archive", "Catalog"]),
        module("Manifest", [.product(name: "TOMLKit", package: "TOMLKit")]),
        module("Import"),
        module(
            "Drain",
            [
                "Platform", "Transport", "POP", "Authentication", "OAuth", "Mail", "Archive", "Catalog", "Retrieval",
                "Manifest",
            ]),
        module(
            "Commands",
            [
                "Platform", "Transport", "POP", "Mail", "Archive", "Catalog", "Retrieval", "Manifest", "Import",
                "Drain", arguments, logging,
            ]),
        .executableTarget(name: "mailcask", dependencies: ["Commands"], swiftSettings: strict),
        module("Simulation", ["Platform", "COpenSSL"]),
        .executableTarget(
            name: "mailcask-bench",
            dependencies: [
                "Platform", "Transport", "POP", "Mail", "Archive", "Catalog", "Retrieval", "Manifest", "Drain",
                "Simulation", arguments, grdb,
            ],
            path: "Sources/Benchmarks", swiftSettings: strict),

        tests("PlatformTests", ["Platform"]),
        tests("TransportTests", ["Transport", "Platform", "Simulation"]),
        tests("POPTests", ["POP", "Simulation"]),
        tests("AuthenticationTests", ["Authentication", "POP"]),
        tests("MailTests", ["Mail"]),
        tests("ArchiveTests", ["Archive", "Mail", "Platform"]),
        tests("CatalogTests", ["Archive", "Catalog", "Drain", "Mail", "Manifest", "Platform", grdb]),
        tests("RetrievalTests", ["Archive", "Catalog", "Drain", "Mail", "Manifest", "Platform", "Retrieval"]),
        tests(
            "DrainTests",
            [
                "Archive", "Catalog", "Drain", "Mail", "Manifest", "POP", "Platform", "Retrieval", "Simulation",
                "Transport", grdb,
            ]),
        tests("ManifestTests", ["Manifest"]),
        tests("ImportTests", ["Import", "Manifest"]),
        tests("SimulationTests", ["Simulation", "COpenSSL"]),
        tests("LayeringTests"),
        tests("DocumentTests", ["Mail", "Archive", "Catalog", "Retrieval", "Manifest", "Commands", "mailcask", grdb]),
    ],
    cxxLanguageStandard: .cxx17
)

// Tests/fuzz.sh sets this; nothing else builds the program that it runs.
if Context.environment["MAILCASK_FUZZING"] != nil {
    package.targets.append(
        .executableTarget(
            name: "mailcask-fuzz",
            dependencies: [
                "Platform", "POP", "Authentication", "Mail", "Archive", "Catalog", "Retrieval", "Manifest", "Drain",
                grdb,
            ],
            path: "Tests/Fuzzing", swiftSettings: strict))
}
