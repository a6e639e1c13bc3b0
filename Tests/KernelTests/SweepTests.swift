import Synchronization
import TestSupport
import Testing

@testable import Kernel

@Suite struct SweepTests {
    /// Counts how often models are asked.
    final class Counter: Sendable {
        let calls = Atomic<Int>(0)
        var count: Int { calls.load(ordering: .relaxed) }
    }

    /// Example i is right while eps < threshold[i].
    static func replica(_ thresholds: [Double], seed: Int = 0, digest: String = "a", _ counter: Counter = Counter())
        -> Sweep.Replica
    {
        Sweep.Replica(digest: digest, seed: seed, sharesWork: false) { eps in
            counter.calls.add(1, ordering: .relaxed)
            return eps.map { eps in thresholds.map { eps < $0 ? 1 : 0 } }
        }
    }
    /// `a` loses examples evenly from 0.1 to 0.3; `b` starts lower and ends higher.
    static let even = (0..<100).map { (i: Int) -> Double in 0.1 + 0.2 * Double(i) / 100 }
    static let late = (0..<100).map { (i: Int) -> Double in i < 30 ? 0 : 0.25 + 0.1 * Double(i - 30) / 70 }

    static func sweep() throws -> Sweep {
        var subject = Sweep.Subject()
        (subject.attack, subject.data) = ("attack.fgsm{}", "toy/test")
        let sweep = try Sweep(
            [.init("a", [replica(even)]), .init("b", [replica(late)])], eps: [0.3, 0, 0.1, 0.2, 0.1], examples: 100,
            subject: subject)
        try sweep.run()
        return sweep
    }

    @Test("accuracies are the shares of right answers, strength by strength")
    func accuracies() throws {
        let sweep = try Self.sweep()
        #expect(sweep.eps == [0, 0.1, 0.2, 0.3])
        #expect(sweep.eps.indices.map { sweep.accuracy(0, $0) } == [1, 0.99, 0.49, 0])
        #expect(sweep.eps.indices.map { sweep.accuracy(1, $0) } == [0.7, 0.7, 0.7, 0.34])
        #expect(try sweep.estimate(0, 2) == .wilson(49, of: 100))
        #expect(
            sweep.description == """
                accuracy (%) under attack.fgsm{} on toy/test, 100 examples
                  ε                    a           b
                ────────────────────────────────────
                  0  100.0 [96.3, 100.0]  70.0 ± 8.8
                0.1    99.0 [94.6, 99.8]  70.0 ± 8.8
                0.2           49.0 ± 9.6  70.0 ± 8.8
                0.3       0.0 [0.0, 3.7]  34.0 ± 9.1
                95 % intervals: Wilson over examples
                """)
    }

    @Test("the crossing is linear between strengths and its interval holds the exact one")
    func crossing() throws {
        let crossing = try Self.sweep().crossing("b", "a")
        let eps = try #require(crossing.eps)
        #expect(abs(eps.value - (0.1 + 0.1 * 0.29 / 0.5)) < 1e-12)
        #expect(eps.low < eps.value && eps.value < eps.high && eps.high - eps.low < 0.06)
        #expect(crossing.overtakes && crossing.share == 1)
        #expect(
            crossing.description
                == "b and a cross at eps = \(eps.text(digits: 4)), at 70.0 % accuracy (95 % interval; 100.0 % of 1000 bootstrap draws cross); "
                + "b is less accurate than a below it, more above")
        let none = try Sweep(
            [.init("a", [Self.replica(Self.even)]), .init("c", [Self.replica(Self.even.map { $0 - 0.05 })])],
            eps: [0, 0.1, 0.2], examples: 100)
        try none.run()
        #expect(
            try none.crossing("a", "c").description == "a and c: no crossing, a is nowhere below c from eps = 0 to 0.2")
        #expect(
            errorText { _ = try none.crossing("a", "xyz") }
                == "crossing: bad value for 'model' (one of a, c expected, got \"xyz\")")
    }

    @Test("replicas are averaged, and their spread widens the interval")
    func replicas() throws {
        let strong = Self.replica(Self.even.map { $0 + 0.1 }, seed: 1), weak = Self.replica(Self.even, seed: 2)
        let sweep = try Sweep(
            [.init("pair", [strong, weak]), .init("one", [Self.replica(Self.even)])], eps: [0.25], examples: 100)
        try sweep.run()
        #expect(abs(sweep.accuracy(0, 0) - (0.74 + 0.24) / 2) < 1e-12)
        let pair = try sweep.estimate(0, 0), one = try sweep.estimate(1, 0)
        #expect(pair.high - pair.low > 0.5 && one.high - one.low < 0.25)
        #expect(
            errorText {
                _ = try Sweep([.init("a", [strong, weak]), .init("b", [strong, weak, weak])], eps: [0], examples: 1)
            } == "study.sweep: bad value for 'models' (as many replicas of every model, or one expected, got [2, 3])")
    }

    @Test("a resumed sweep asks no model for what stands in the file, and nothing for a changed one")
    func resuming() throws {
        try withFolder { folder in
            let path = "\(folder)/state.jsonl"
            func run(_ eps: [Double], _ digest: String = "a") throws -> (Sweep, Int) {
                let counter = Counter()
                let sweep = try Sweep(
                    [.init("a", [Self.replica(Self.even, digest: digest, counter)])], eps: eps, examples: 100)
                try sweep.run(resume: path)
                return (sweep, counter.count)
            }
            #expect(try run([0, 0.2]).1 == 2)
            let (again, calls) = try run([0, 0.1, 0.2])
            #expect(calls == 1 && again.eps.indices.map { again.accuracy(0, $0) } == [1, 0.99, 0.49])
            #expect(try run([0, 0.1, 0.2], "changed").1 == 3)
            let whole = try Files.read(path)
            try AtomicFile.write(path) { try $0.append(Array(whole.dropLast(40))) }  // a crash in mid-line
            #expect(try run([0, 0.1, 0.2], "changed").1 == 1)
            #expect(try run([0, 0.1, 0.2], "changed").1 == 0)
        }
    }

    @Test("outcomes survive packing", arguments: [0, 1, 3, 4, 5, 100])
    func packing(_ count: Int) {
        let outcomes = (0..<count).map { UInt8($0 * $0 % 3 == 1 ? 1 : 0) }
        #expect(SweepState.unpack(SweepState.pack(outcomes), count) == outcomes)
        #expect(SweepState.unpack("zz", 5) == nil)
    }

    @Test("an interrupted sweep keeps what was finished")
    func interrupted() throws {
        let stop = Sweep.Replica(digest: nil, seed: 0, sharesWork: false) { _ in throw Interrupted() }
        let sweep = try Sweep(
            [.init("a", [Self.replica(Self.even)]), .init("b", [stop])], eps: [0, 0.2], examples: 100)
        #expect(throws: Interrupted.self) { try sweep.run() }
        #expect(!sweep.isComplete && sweep.accuracy(0, 1) == 0.49 && sweep.accuracy(1, 0).isNaN)
        #expect(sweep.description.contains("-") && sweep.description.hasSuffix("; not complete"))
        #expect(try sweep.rows().rows.count == 2)
        #expect(try sweep.crossing("a", "b").description == "a and b: no crossing, the sweep is not complete")
    }

    @Test("rows export everything that a strength's accuracy depends on")
    func export() throws {
        let lines = try Self.sweep().rows().csv.split(separator: "\n")
        #expect(
            lines[0] == "model,eps,accuracy,accuracy_low,accuracy_high,replicas,examples,correct,attack,data,confidence"
        )
        #expect(lines[3].hasPrefix("a,0.2,0.49,0.394") && lines[3].hasSuffix(",1,100,49,attack.fgsm{},toy/test,0.95"))
        #expect(lines.count == 9)
    }
}

@Suite struct FigureTests {
    static func figure() -> Figure {
        let points = (0...10).map { Figure.Point(Double($0), Double($0 * $0), low: Double($0), high: 110) }
        var figure = Figure(
            [.init("it's", points), .init("b", points, dashed: true)], title: "T", xLabel: "ε", yLabel: "y")
        figure.marks = [.init(3, "here")]
        return figure
    }

    @Test("the script names every series and quotes what users type")
    func script() throws {
        let script = try Gnuplot.script(Self.figure(), on: .svg)
        #expect(
            script.contains("title 'it''s'") && script.contains("set xlabel 'ε'") && script.contains("filledcurves"))
        var hostile = Self.figure()
        hostile.title = "a'\nset output '/tmp/x'"
        #expect(try Gnuplot.script(hostile, on: .svg).contains("set title 'a'' set output ''/tmp/x'''"))
        #expect(errorText { _ = try Gnuplot.script(Figure([]), on: .svg) } == "plot: the figure has no points")
        #expect(
            errorText { try Self.figure().save("x.pdf") } == "x.pdf: a figure is saved as .svg or .png")
    }

    @Test("gnuplot draws SVG and PNG")
    func drawing() throws {
        try withFolder { folder in
            try Self.figure().save("\(folder)/x.svg")
            try Self.figure().save("\(folder)/x.png")
            #expect(String(decoding: try Files.read("\(folder)/x.svg"), as: UTF8.self).contains("<svg"))
            #expect(try Files.read("\(folder)/x.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }

    @Test("a program that is missing or fails is an error, not a crash")
    func failures() throws {
        #expect(
            errorText { _ = try Subprocess.run("no-such-program-xyz", [], input: [], advice: "install it") }
                == "plot: no-such-program-xyz is not installed; install it")
        let big = [UInt8](repeating: 0x61, count: 3 << 20)
        #expect(try Subprocess.run("cat", [], input: big, advice: "").output == big)
        let early = try Subprocess.run("false", [], input: big, advice: "")
        #expect(early.exitCode == 1)
    }
}

@Suite struct MarginModelTests {
    /// logits = (-w x, w x) on two Gaussian classes in 50 dimensions, w a disturbed version of the best direction.
    static func linear(_ disturbance: Double) throws -> (data: Dataset, forward: @Sendable (Tensor) throws -> Tensor) {
        let data = try DataCatalog.recipe("gaussians").build([
            .table(.init(named: [("n", .int(0)), ("test", .int(20000)), ("dims", .int(50)), ("separation", .int(4))]))
        ]).test
        let noise = try Tensor.normal([50], std: disturbance, key: Key(seed: 9)).array(Float.self)
        let w = try Tensor(noise.flatMap { (v: Float) -> [Float] in [-1 - v, 1 + v] }, [50, 2])
        return (data, { x in try Primitive.matmul(x, w) })
    }

    /// The measured accuracy after the exact step.
    static func measured(_ model: (data: Dataset, forward: @Sendable (Tensor) throws -> Tensor), _ eps: Double) throws
        -> Double
    {
        let x = try model.data.images(), columns = try model.forward(.identity(50)).array(Float.self)
        let signs = (0..<50).map { columns[2 * $0 + 1] > 0 ? Float(1) : -1 }
        let moved = try x.copied()
        try moved.write(Float.self) { out in
            for i in out.indices {
                let towards: Float = model.data.label(i / 50) == 1 ? -1 : 1
                out[i] += towards * Float(eps) * signs[i % 50]
            }
        }
        let logits = try model.forward(moved).array(Float.self)
        let right = (0..<model.data.count).count {
            (logits[2 * $0 + 1] > logits[2 * $0]) == (model.data.label($0) == 1)
        }
        return Double(right) / Double(model.data.count)
    }

    @Test("two Gaussian classes and a linear model: prediction within 0.01 of the measurement at every strength")
    func gaussian() throws {
        let model = try Self.linear(0.5)
        let fit = try MarginModel.fit("linear", model.data, eps: [0, 0.2, 0.4, 0.6], forward: model.forward)
        var linear = fit
        linear.drop = .linear
        for eps in stride(from: 0, through: 0.6, by: 0.05) {
            let measured = try Self.measured(model, eps)
            #expect(abs(fit.accuracy(at: eps) - measured) < 0.01, "eps \(eps)")
            #expect(abs(linear.accuracy(at: eps) - measured) < 0.01, "eps \(eps)")
        }
        let weights = try model.forward(.identity(50)).array(Float.self)
        let l1 = (0..<50).reduce(0.0) { $0 + Double(abs(weights[2 * $1 + 1] - weights[2 * $1])) }
        #expect(abs(fit.dualNorm / l1 - 1) < 1e-5)
        #expect(abs(fit.halfStrength! - fit.mean / l1) < 1e-3)
    }

    @Test("the predicted crossing of two linear models is where the predicted curves meet")
    func crossing() throws {
        func model(_ mean: Double, _ norm: Double, _ drop: MarginModel.Drop) -> MarginModel {
            let margins = [mean - 1, mean + 1, mean - 1, mean + 1]
            return MarginModel(
                "m", margins: margins, dualNorm: norm, measured: [(0, 0), (0.1, 0.1 * norm), (1, norm)], drop: drop)
        }
        for drop in MarginModel.Drop.allCases {
            let strong = model(3, 20, drop), weak = model(2, 8, drop)
            let eps = try #require(strong.critical(weak))
            #expect(abs(eps - 1.0 / 12) < 1e-9)
            #expect(abs(strong.accuracy(at: eps) - weak.accuracy(at: eps)) < 1e-9)
            #expect(strong.critical(model(4, 8, drop)) == nil)
            #expect(abs(strong.halfStrength! - 0.15) < 1e-9)
        }
    }

    @Test("clipping to the range lowers the measured drop below the linear one")
    func clipping() throws {
        let table = try Dataset.Table(
            images: Tensor([0, 1, 0, 1] as [Float], [2, 2]), labels: [0, 0], classNames: ["a", "b"])
        let data = Dataset(table, name: "corner")
        let w = try Tensor([1, 0, 1, 0] as [Float], [2, 2])  // margin = x0 + x1
        let forward: @Sendable (Tensor) throws -> Tensor = { try Primitive.matmul($0, w) }
        let fit = try MarginModel.fit("m", data, eps: [0.5], forward: forward)
        #expect(fit.dualNorm == 2 && fit.drop(at: 0.5) == 0.5 && abs(fit.drop(at: 1) - 1) < 1e-12)
        let l2 = try MarginModel.fit("m", data, eps: [0.5], norm: .l2, drop: .linear, forward: forward)
        #expect(abs(l2.dualNorm - 2.0.squareRoot()) < 1e-6)
        #expect(throws: KernelError.self) { try MarginModel.fit("m", data.head(0), eps: [0.5], forward: forward) }
        #expect(
            errorText { _ = try MarginModel.fit("m", data, eps: [0.5]) { _ in try .zeros([2, 2]) } }
                == "study.margin_model: the model gives no gradient of its input")
    }
}

extension Tensor {
    /// The unit matrix.
    static func identity(_ n: Int) throws -> Tensor {
        try Tensor((0..<n * n).map { (i: Int) -> Float in i % (n + 1) == 0 ? 1 : 0 }, [n, n])
    }
}
