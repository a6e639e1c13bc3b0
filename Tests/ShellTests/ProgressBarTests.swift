import Synchronization
import TestSupport
import Testing

@testable import Shell

@Suite struct ProgressBarTests {
    /// A clock that the test moves and a screen that it reads.
    private final class Bench: Sendable {
        let time = Mutex(100.0)
        let written = Mutex<[String]>([])
        func bar(_ style: ProgressBar.Style) -> ProgressBar {
            ProgressBar(
                style: style, clock: { self.time.withLock { $0 } },
                write: { text in self.written.withLock { $0.append(text) } })
        }
        func wait(_ seconds: Double) { time.withLock { $0 += seconds } }
        var screen: [String] { written.withLock { $0 } }
    }

    private let lines = ProgressBar.Style(columns: nil, interval: 5)

    @Test("work shorter than a second says nothing")
    func short() {
        let bench = Bench()
        let bar = bench.bar(lines)
        bar.begin("fit", total: 10, unit: "epochs")
        bench.wait(0.9)
        bar.advance(to: 9, metric: "loss 0.3")
        bar.end()
        #expect(bench.screen == [])
    }

    @Test("without a terminal a line comes every few seconds, with rate, estimate and metric")
    func everyFewSeconds() {
        let bench = Bench()
        let bar = bench.bar(lines)
        bar.begin("fit", total: 100, unit: "epochs")
        for epoch in 1...12 {
            bench.wait(1)
            bar.advance(to: epoch, metric: "loss 0.3")
        }
        bar.end()
        #expect(
            bench.screen == [
                "fit 1% 1/100 epochs, 1.0/s, 1:39 left, loss 0.3\n",
                "fit 6% 6/100 epochs, 1.0/s, 1:34 left, loss 0.3\n",
                "fit 11% 11/100 epochs, 1.0/s, 1:29 left, loss 0.3\n",
            ])
    }

    @Test("inner work is named behind the outer, and counts for its part of a step")
    func nested() {
        let bench = Bench()
        let bar = bench.bar(lines)
        bar.begin("sweep", total: 4, unit: "")
        bench.wait(10)
        bar.begin("pgd", total: 40, unit: "steps")
        bar.advance(to: 20, metric: "")
        bar.end()
        bar.end()
        #expect(bench.screen == ["sweep 12% 0/4, 20.0 s each, 1:10 left > pgd 20/40 steps\n"])
    }

    @Test("on a terminal one line is redrawn, cut to its width, and cleared at the end")
    func terminal() {
        let bench = Bench()
        let bar = bench.bar(ProgressBar.Style(columns: { 44 }, interval: 0.1))
        bar.begin("fit", total: 2, unit: "epochs")
        bench.wait(3700)
        bar.advance(to: 1, metric: "loss 0.3")
        bar.end()
        #expect(
            bench.screen == ["\r\u{1b}[Kfit 50% ██████████░░░░░░░░░░ 1/2 epochs,", "\r\u{1b}[K"])
    }

    @Test("on a terminal each level of nested work has a line, once it lasts, and all are cleared")
    func levels() {
        let bench = Bench()
        let bar = bench.bar(ProgressBar.Style(columns: { 80 }, interval: 0.1))
        bar.begin("sweep", total: 4, unit: "cells")
        bench.wait(10)
        bar.begin("pgd", total: 40, unit: "images")
        bar.advance(to: 10, metric: "")
        bench.wait(2)
        bar.advance(to: 20, metric: "robust 50 %")
        bar.end()
        bench.wait(1)
        bar.advance(to: 1, metric: "")
        bar.end()
        let outer = "\r\u{1b}[Ksweep 6% █░░░░░░░░░░░░░░░░░░░ 0/4 cells, 40.0 s each, 2:30 left"
        #expect(
            bench.screen == [
                outer,
                "\r\u{1b}[Ksweep 12% ██░░░░░░░░░░░░░░░░░░ 0/4 cells, 24.0 s each, 1:24 left\n"
                    + "\r\u{1b}[K  pgd 50% ██████████░░░░░░░░░░ 20/40 images, 10.0/s, 0:02 left, robust 50 %",
                "\u{1b}[1A\r\u{1b}[Ksweep 25% █████░░░░░░░░░░░░░░░ 1/4 cells, 13.0 s each, 0:39 left"
                    + "\n\r\u{1b}[J\u{1b}[A",
                "\r\u{1b}[K",
            ])
    }

    @Test("what is written meanwhile stands above the bars, which come again, on a narrower terminal too")
    func cleared() {
        let bench = Bench()
        let columns = Mutex(60)
        let bar = bench.bar(ProgressBar.Style(columns: { columns.withLock { $0 } }, interval: 0.1))
        bar.begin("fit", total: 10, unit: "epochs")
        bench.wait(2)
        bar.advance(to: 1, metric: "loss 0.3")
        bar.clear()
        bar.clear()
        bench.wait(1)
        bar.advance(to: 2, metric: "loss 0.2")
        columns.withLock { $0 = 30 }
        bar.clear()
        bar.end()
        #expect(
            bench.screen == [
                "\r\u{1b}[Kfit 10% ██░░░░░░░░░░░░░░░░░░ 1/10 epochs, 2.0 s each, 0:",
                "\r\u{1b}[K",
                "\r\u{1b}[Kfit 20% ████░░░░░░░░░░░░░░░░ 2/10 epochs, 1.5 s each, 0:",
                "\u{1b}[1A\r\u{1b}[K",
            ])
    }

    @Test("a print in the middle of work stands on a line of its own, and Ctrl-C leaves no bar behind")
    func printing() throws {
        let terminal = try Assay.onTerminal(columns: 100)
        try terminal.read(until: "assay> ")
        terminal.enter("net = nn.mlp{784, 512, 10} t = 0 d = data.load('glyphs', {n = 10, test = 2000}).test")
        try terminal.read(until: "assay> ")
        // One print a second, and no end before Ctrl-C: between two prints the bar is drawn ten times on any machine.
        terminal.enter("f = function(x) if os.time() ~= t then t = os.time() print('call ' .. t) end return net(x) end")
        try terminal.read(until: "assay> ")
        terminal.enter("attack.pgd{steps = 10000, restarts = 50, batch = 500, early_stop = false}:run(f, d)")
        try terminal.read(until: "attack.pgd 0% ", timeout: 60)
        try terminal.read(until: "\ncall ", timeout: 60)
        try terminal.read(until: "attack.pgd 0% ", timeout: 60)
        terminal.type("\u{3}")
        try terminal.read(until: "interrupted; the unfinished AttackResult is in _\n", timeout: 60)
        let lines = terminal.transcript.split(separator: "\n")
        #expect(lines.filter { $0.contains("call ") && !$0.contains("print") }.allSatisfy { $0.hasPrefix("call ") })
        #expect(!lines.contains { $0.contains("░") && $0.contains("call") })
    }

    @Test("work of unknown length is counted")
    func unknownTotal() {
        let bench = Bench()
        let bar = bench.bar(lines)
        bar.begin("read", total: 0, unit: "images")
        bench.wait(2)
        bar.advance(to: 5000, metric: "")
        #expect(bench.screen == ["read 5000 images, 2500/s\n"])
    }
}
