import Bindings
import Kernel

extension Command {
    /// `:timeit code`
    static let timeit = Command(
        "timeit", usage: "[-n loops] [-r repeats] code", "Measure code by running it many times.",
        details: """
            The code is compiled once as a function; what it returns is dropped. The number of loops is the first of 1, 2, \
            5, 10, 20, 50 ... that takes 0.2 seconds, unless -n gives it; this is repeated 7 times, or as -r says. Shown \
            are mean and standard deviation over the repeats, the best, and the bytes asked for per loop. The cost of the \
            empty loop is taken off. Garbage is collected as ever, since tensors need it.

            Ctrl-C ends the measurement and shows what the finished repeats gave. Locals are those of the code alone; \
            nothing of it stays at the prompt.
            """,
        example: ":timeit -r 3 tensor.zeros(10)", argument: .code
    ) { conversation, argument in
        var argument = CommandArgument(argument)
        var loops: Int?, repeats = 7
        while true {
            if let count = try argument.count("-n") {
                loops = count
            } else if let count = try argument.count("-r", atMost: 10_000) {
                repeats = count
            } else {
                break
            }
        }
        let code = try argument.required("code")
        try conversation.interpreter.repeating(code + "\n", name: "=" + conversation.chunkName) { code in
            try TimeIt(conversation: conversation, code: code, repeats: repeats).measure(loops: loops)
        }
    }
}

/// One measurement by repetition.
private struct TimeIt {
    let conversation: Conversation
    let code: RepeatableCode
    let repeats: Int
    /// What a choice of the number of loops has to take.
    private static let enough = 0.2

    func measure(loops given: Int?) throws {
        let loops = try given ?? suitableLoops(), empty = try emptyLoop()
        var runs: [Cost] = []
        do {
            for _ in 0..<repeats { runs.append(try code.run(loops)) }
        } catch {
            if !runs.isEmpty { conversation.say(Self.text(runs, loops: loops, empty: empty, of: repeats)) }
            throw error
        }
        conversation.say(Self.text(runs, loops: loops, empty: empty, of: repeats))
    }

    /// The first of 1, 2, 5, 10 ... loops that take long enough.
    private func suitableLoops() throws -> Int {
        var power = 1
        while power < 1_000_000_000 {
            for factor in [1, 2, 5] where try code.run(power * factor).seconds >= Self.enough { return power * factor }
            power *= 10
        }
        return power
    }

    /// Seconds of one loop around an empty function, the best of five.
    private func emptyLoop() throws -> Double {
        try conversation.interpreter.repeating("nil", name: "=empty") { empty in
            let count = 10_000
            return try (0..<5).map { _ in try empty.run(count).seconds / Double(count) }.min() ?? 0
        }
    }

    static func text(_ runs: [Cost], loops: Int, empty: Double, of repeats: Int) -> String {
        let times = runs.map { max(0, $0.seconds / Double(loops) - empty) }
        let mean = times.reduce(0, +) / Double(times.count)
        let squares = times.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = times.count > 1 ? (squares / Double(times.count - 1)).squareRoot() : 0
        let calls = loops * runs.count
        let tensors = runs.reduce(0) { $0 + $1.tensorBytes } / calls, lua = runs.reduce(0) { $0 + $1.luaBytes } / calls
        let done = runs.count == repeats ? "\(repeats) repeats" : "\(runs.count) of \(repeats) repeats"
        return "\(timeText(mean)) ± \(timeText(deviation)) per loop, best \(timeText(times.min() ?? 0)) "
            + "(\(done) of \(grouped(loops)) loops)\n"
            + "allocated \(byteText(tensors)) in tensors and \(byteText(lua)) in Lua per loop"
    }
}
