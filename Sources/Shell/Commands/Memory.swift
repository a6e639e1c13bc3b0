import Bindings
import Glibc
import Kernel

extension Command {
    /// `:mem`
    static let mem = Command(
        "mem", aliases: ["memory"], "Say how much memory is in use, and who holds it.",
        details: """
            Garbage is collected first. The list names everything that holds tensors: variables, values that the prompt \
            keeps, fields of tables and what functions have captured, six levels deep. "alone" are the bytes that would be \
            freed with it; the others are held elsewhere too. What nobody in the list holds belongs to work that goes on, \
            to caches, or to what hides deeper.

            :forget removes variables and says what that freed.
            """,
        example: ":mem"
    ) { conversation, argument in
        try CommandArgument(argument).refuseMore()
        let interpreter = conversation.interpreter, before = interpreter.memoryUse
        interpreter.collectThoroughly()
        let after = interpreter.memoryUse, census = try interpreter.memoryCensus()
        let lines = MemoryReport(
            use: after, garbage: max(0, before.total - after.total), census: census, process: .now
        ).lines(width: Screen.current.width, height: Screen.current.height)
        for line in lines { conversation.say(line) }
    }
}

/// What the system says of the process.
struct ProcessMemory {
    var resident: Int
    var peak: Int

    static var now: ProcessMemory {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        let peak = usage.ru_maxrss << 10
        let statement = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        defer { close(statement) }
        let words = statement < 0 ? [] : (contents(of: statement) ?? "").split(separator: " ")
        let pages = words.count > 1 ? Int(words[1]) ?? 0 : 0
        let resident = pages * sysconf(Int32(_SC_PAGESIZE))
        return ProcessMemory(resident: resident, peak: max(peak, resident))
    }
}

/// The text of `:mem`.
struct MemoryReport {
    let use: MemoryUse
    let garbage: Int
    let census: MemoryCensus
    let process: ProcessMemory

    func lines(width: Int, height: Int) -> [String] {
        let cached = MemoryPool.cachedBytes
        let totals = [
            ["tensors", byteText(use.tensors), "at most \(byteText(MemoryPool.peakBytes)) so far"],
            ["pool", byteText(cached), "freed blocks kept for the next tensors"],
            ["Lua", byteText(use.lua), garbage > 0 ? "\(byteText(garbage)) of garbage collected just now" : ""],
            ["process", byteText(process.resident), "at most \(byteText(process.peak)) so far"],
        ]
        return columns(totals, right: [1], width: width) + ownerLines(width, most: max(5, height - 10)) + [rest]
    }

    private func ownerLines(_ width: Int, most: Int) -> [String] {
        guard !census.owners.isEmpty else { return [] }
        let rows = census.owners.prefix(most).map { owner in
            [shortened(owner.path, to: max(20, width - 50)), owner.type, byteText(owner.bytes), byteText(owner.alone)]
        }
        let hidden = census.owners.dropFirst(most)
        let more = hidden.isEmpty ? [] : ["... and \(hidden.count) more that hold less"]
        return [""] + columns([["owner", "type", "bytes", "alone"]] + rows, right: [2, 3], width: width) + more
    }

    private var rest: String {
        "variables hold \(byteText(census.reachable)) of tensors, others \(byteText(max(0, use.tensors - census.reachable)))"
    }
}
