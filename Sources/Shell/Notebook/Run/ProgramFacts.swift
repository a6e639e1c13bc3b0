import Bindings
import Glibc
import Kernel

/// What makes the numbers of a run besides the notebook: the part of its record that names program and machine.
enum ProgramFacts {
    /// - Parameters:
    ///   - hashSeed: the seed of Lua's hash of strings; nil when chance chose it.
    ///   - seedOrigin: where the root seed comes from.
    static func json(hashSeed: UInt32?, seedOrigin: String) -> JSON {
        .object([
            ("assay", .text(Invocation.version)), ("executable_sha256", .text(executableDigest)),
            ("build", .text(build)), ("lua", .text(Interpreter.luaRelease)),
            ("hash_seed", hashSeed.map { .int(Int($0)) } ?? .text("random")),
            ("random", .text("Philox4x32-10, keyed by seed, sample and step")), ("seed_from", .text(seedOrigin)),
            ("onednn", .text(Engine.version)), ("processor", .text(processorName())),
            ("instructions", .list(instructions.map(JSON.text))), ("threads", .int(Workers.count)),
            ("deterministic", .flag(Workers.isDeterministic)),
        ])
    }

    static var build: String {
        #if DEBUG
            "debug"
        #else
            "release"
        #endif
    }

    /// SHA-256 of the program's own file: the exact build.
    static let executableDigest: String = InputLog.source("/proc/self/exe", name: "")?.sha256 ?? "unknown"

    /// What the processor offers of the instructions that kernels are chosen by.
    private static var instructions: [String] {
        let known: Set<Substring> = [
            "sse4_1", "avx", "avx2", "fma", "avx512f", "avx512bw", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8",
        ]
        let text = (try? textOfFile("/proc/cpuinfo", for: "run")) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
        return line.split(whereSeparator: \.isWhitespace).filter(known.contains).map(String.init).sorted()
    }

    static var host: String {
        var name = utsname()
        guard uname(&name) == 0 else { return "unknown" }
        return withUnsafeBytes(of: name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// What a process has used so far.
struct ProcessCost {
    var seconds = monotonicSeconds()
    var processor = 0.0
    var peakBytes = 0

    init() {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return }
        let seconds = { (time: timeval) in Double(time.tv_sec) + 1e-6 * Double(time.tv_usec) }
        processor = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        peakBytes = usage.ru_maxrss * 1024
    }
}
