import Synchronization
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
        let bar = bench.bar(ProgressBar.Style(columns: { 41 }, interval: 0.1))
        bar.begin("fit", total: 2, unit: "epochs")
        bench.wait(3700)
        bar.advance(to: 1, metric: "loss 0.3")
        bar.end()
        #expect(
            bench.screen == ["\r\u{1b}[Kfit 50% ██████████░░░░░░░░░░ 1/2 epochs,", "\r\u{1b}[K"])
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
