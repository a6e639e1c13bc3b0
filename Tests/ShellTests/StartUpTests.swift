import TestSupport
import Testing

@testable import Shell

/// Times promised for a release build on a quiet machine, measured from outside. A busy neighbour would fail them, so they
/// run when asked for: ASSAY_TIMINGS=1 with ASSAY_BINARY naming a release build. `scripts/bench/run` prints the figures.
@Suite(.enabled(if: Assay.isRelease && Assay.measuresTimes), .serialized) struct StartUpTests {
    /// The fastest of twenty runs in milliseconds: what else the machine does only adds.
    private func fastest(_ body: () throws -> Double) throws -> Double {
        try (0..<20).map { _ in try body() * 1000 }.min() ?? .infinity
    }

    @Test("an empty chunk takes at most 12 ms from start to end")
    func emptyChunk() throws {
        let time = try fastest {
            let before = now()
            let child = try Child(Assay.binary, ["-e", ""], environment: Assay.environment(), streams: [])
            #expect(child.wait() == 0)
            return now() - before
        }
        #expect(time <= 12)
    }

    @Test("the first prompt stands after at most 20 ms, with a thousand entries of history")
    func firstPrompt() throws {
        let home = try TemporaryDirectory()
        let history = HistoryFile(path: home.path + "/.local/state/assay/history.jsonl")
        for number in 1...1000 { history.append("net\(number) = nn.mlp{784, \(number), 10}") }
        let time = try fastest {
            let before = now()
            let terminal = try Assay.onTerminal(home: home.path)
            try terminal.read(until: "assay> ")
            return now() - before
        }
        #expect(time <= 20)
    }
}
