// swift-tools-version: 6.1
import PackageDescription

// Loops in C are optimised in debug builds too: tests run through them, and nobody steps through them.
let fastC: [CSetting] = [.unsafeFlags(["-O3", "-fno-math-errno", "-fno-trapping-math", "-Wall", "-Wextra", "-Werror"])]
let plainC: [CSetting] = [.unsafeFlags(["-O2", "-Wall", "-Wextra", "-Werror"])]
// What the runtime knows of a generic type is made at build time where its arguments are known: a start makes hundreds.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .unsafeFlags(["-Xfrontend", "-prespecialize-generic-metadata"], .when(configuration: .release)),
]
// The released program carries Swift's library in itself: it starts sooner, and reference counting, which calls into it
// at every turn, costs half as much.
let selfContained: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-static-stdlib", "-use-ld=lld", "-l_FoundationCollections", "-l_FoundationCShims",
        ], .when(configuration: .release))
]

let package = Package(
    name: "assay",
    products: [
        .executable(name: "assay", targets: ["Shell"]), .executable(name: "kernel-bench", targets: ["KernelBench"]),
    ],
    dependencies: [.package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")],
    targets: [
        .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
        .systemLibrary(name: "CReadline", providers: [.apt(["libreadline-dev"])]),
        .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CNettle", providers: [.apt(["nettle-dev"])]),
        .systemLibrary(name: "CZMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CJansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(
            name: "CMarkdown", providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),
        .target(name: "CKernels", cSettings: fastC, linkerSettings: [.linkedLibrary("gomp"), .linkedLibrary("m")]),
        .target(name: "CSandbox", cSettings: plainC),
        .target(name: "CLuaShim", dependencies: ["CLua", "CKernels", "CSandbox"], cSettings: plainC),
        .target(
            name: "CPrompt", dependencies: ["CReadline"], cSettings: plainC,
            linkerSettings: [.linkedLibrary("readline")]),
        .target(
            name: "Kernel", dependencies: ["CKernels", "CSandbox", "COneDNN", "CZlib", "CNettle", "CJansson"],
            swiftSettings: strict),
        .target(name: "Bindings", dependencies: ["Kernel", "CLua", "CLuaShim"], swiftSettings: strict),
        .executableTarget(
            name: "Shell",
            dependencies: [
                "Bindings", "CPrompt", "CSandbox", "CJansson", "CMarkdown", "CNettle", "CZMQ",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict, linkerSettings: selfContained),
        .executableTarget(
            name: "KernelBench", dependencies: ["Kernel"], path: "scripts/bench/swift", swiftSettings: strict,
            linkerSettings: selfContained),
        .target(name: "TestSupport", dependencies: ["Kernel"], path: "Tests/TestSupport", swiftSettings: strict),
        .executableTarget(
            name: "SandboxProbe", dependencies: ["CSandbox"], path: "Tests/SandboxProbe", cSettings: plainC),
        .testTarget(name: "KernelTests", dependencies: ["Kernel", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "BindingsTests", dependencies: ["Bindings", "TestSupport"], swiftSettings: strict),
        .testTarget(name: "ShellTests", dependencies: ["Shell", "TestSupport"], swiftSettings: strict),
    ]
)
