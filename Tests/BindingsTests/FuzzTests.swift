import Foundation
import Kernel
import Testing

@testable import Bindings

/// Calls everything in the catalogue with arguments of all kinds. A trap ends the test run: that is what it looks for.
///
/// `ASSAY_FUZZ_CALLS` and `ASSAY_FUZZ_SEED` set length and seed. The last call stands in the file that is printed at
/// the beginning. Every call is interrupted after 200 ms, so the fuzzer tests interruption of native work as well.
@Suite(.serialized) struct FuzzTests {
    static func setting(_ name: String, _ fallback: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? fallback
    }

    @Test("random calls of everything declared end in results and errors, never in a trap")
    func randomCalls() throws {
        let calls = Self.setting("ASSAY_FUZZ_CALLS", 50_000), seed = Self.setting("ASSAY_FUZZ_SEED", 1)
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-fuzz-\(getpid())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let before = FileManager.default.currentDirectoryPath
        _ = FileManager.default.changeCurrentDirectoryPath(folder.path)
        defer {
            _ = FileManager.default.changeCurrentDirectoryPath(before)
            try? FileManager.default.removeItem(at: folder)
        }
        let note = FileManager.default.temporaryDirectory.appending(path: "assay-fuzz-last-call.txt")
        print("fuzz: \(calls) calls, seed \(seed), last call in \(note.path)")

        let lua = try Interpreter()
        lua.output = { _ in }
        try lua.setGlobal("entries", .list(Self.entries(lua.catalogue)))
        try lua.run("io.stdout:setvbuf('full') print = function() end")
        try lua.run(
            "local e, s, p = ... harness = function(...) \(fuzzHarness) end harness(entries, s, io.open(p, 'w'))",
            arguments: [.null, .int(seed), .text(note.path)])
        let step = try #require(try Function(lua.global("step"))).callback

        let watch = CallWatch()
        watch.start()
        defer { watch.stop() }
        let rounds = Self.entries(lua.catalogue).count
        for call in 1...max(1, calls) {
            watch.begin()
            do {
                // the first rounds call everything in order, so that objects of every class come to exist
                _ = try step.call([.int(call <= 3 * rounds ? (call - 1) % rounds + 1 : 0)])
            } catch is Interrupted {} catch { Issue.record("call \(call): \(error)") }
            let late = watch.end()
            if late > 1 {
                print(
                    "fuzz: \(late) s after the interrupt: \((try? String(contentsOf: note, encoding: .utf8).prefix { $0 != "\n" }) ?? "")"
                )
            }
            #expect(late < 10, "not interruptible")
        }
        try report(lua)
    }

    /// Which functions never returned, with the last error: what the fuzzer does not reach.
    func report(_ lua: Interpreter) throws {
        guard case .table(let successes) = try lua.global("successes"),
            case .table(let failures) = try lua.global("failures")
        else { return }
        let never = failures.named.filter { successes[$0.name] == nil }
        print("fuzz: \(successes.named.count) functions returned at least once, \(never.count) never did")
        if ProcessInfo.processInfo.environment["ASSAY_FUZZ_REPORT"] != nil {
            for (name, error) in never { print("  \(name): \(error.literal.prefix(160))") }
        }
    }

    /// Names separated by commas in `ASSAY_FUZZ_SKIP` are left out: to look for the next trap before one is mended.
    private static let skipped = Set(
        (ProcessInfo.processInfo.environment["ASSAY_FUZZ_SKIP"] ?? "").split(separator: ",").map(String.init))

    static func entries(_ catalogue: Catalogue) -> [Value] {
        var entries: [Value] = []
        for module in catalogue.modules {
            entries += module.functions.map { entry($0, "function", [("owner", .text(module.name))]) }
            if let call = module.call { entries.append(entry(call, "call", [])) }
        }
        for type in catalogue.classes {
            let owner: [(name: String, value: Value)] = [("class", .text(type.name))]
            entries += type.methods.map { entry($0, "method", owner) }
            entries += type.properties.map { entry($0, "property", owner) }
            entries += type.operators.map { entry($0, "operation", owner) }
        }
        return entries.filter { entry in
            guard case .table(let fields) = entry, case .text(let name)? = fields["qualified"] else { return true }
            return !skipped.contains(name)
        }
    }

    private static func entry(_ function: LuaFunction, _ kind: String, _ more: [(name: String, value: Value)]) -> Value
    {
        let parameters = function.signature.parameters.map { parameter in
            Value.table(.init(named: [("name", .text(parameter.name)), ("type", .text(parameter.type))]))
        }
        return .table(
            .init(
                named: [
                    ("kind", .text(kind)), ("name", .text(function.name)),
                    ("qualified", .text(function.signature.name)),
                    ("parameters", .list(parameters)),
                ] + more))
    }
}
