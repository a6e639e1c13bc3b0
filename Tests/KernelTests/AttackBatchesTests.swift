import Glibc
import Synchronization
import Testing

@testable import Kernel

/// Batches that threads work on at the same time: nothing may depend on how many there are.
@Suite(.serialized) struct AttackBatchesTests {
    static func net(_ sizes: [Int], quantized: Bool) throws -> Module {
        let net = try Recipe<Module>.mlp.build([.integers(sizes), .null, .null, .int(3)])
        guard quantized else { return net }
        let fourBits = try Quantizer(.integers(bits: 4, signed: true, narrow: true))
        let unsigned = try Quantizer(.integers(bits: 4, signed: false, narrow: false), range: .minmax, scale: .affine)
        return try net.quantized(
            QuantizationPlan(weights: fourBits, biases: fourBits, activations: unsigned),
            calibrate: [Tensor.uniform([50, sizes[0]], key: Key(seed: 2))])
    }

    static func examples(_ count: Int, _ width: Int) throws -> Examples {
        try Examples(
            Tensor.uniform([count, width], key: Key(seed: 4)), Tensor((0..<count).map { Int64($0 * 3 % 4) }))
    }

    static func attack(_ recipe: Recipe<Attack>, _ more: (name: String, value: Value)...) throws -> Attack {
        try AttackSamples.build(recipe, [("eps", .number(0.1)), ("seed", .int(5)), ("batch", .int(48))] + more)
    }

    /// What the body gives on one, two and five threads.
    static func onThreads<R>(_ body: () throws -> R) rethrows -> [R] {
        let before = Workers.count
        defer { Workers.use(before) }
        return try [1, 2, 5].map {
            Workers.use($0); return try body()
        }
    }

    @Test("every attack gives the same bits, outcomes and passes on any number of threads", arguments: Attack.catalogue)
    func sameBits(_ recipe: Recipe<Attack>) throws {
        // With 64 inputs the first layer follows the points.
        for (inputs, quantized, early) in [(20, false, true), (20, true, true), (64, false, true), (64, false, false)] {
            let target = Target(try Self.net([inputs, 96, 4], quantized: quantized))
            #expect(try target.sharesModel())
            let attack = try Self.attack(recipe, ("early_stop", .flag(early)))
            let examples = try Self.examples(200, inputs)
            let results = try Self.onThreads { try attack.run(on: target, examples) }
            for other in results.dropFirst() {
                #expect(other.outcomes == results[0].outcomes)
                #expect(try other.adversarial.array(Float.self) == results[0].adversarial.array(Float.self))
                #expect(other.passes == results[0].passes && other.tally == results[0].tally)
            }
        }
    }

    @Test("sweeps and smallest budgets do too")
    func sweeps() throws {
        let target = Target(try Self.net([20, 96, 4], quantized: true)), examples = try Self.examples(200, 20)
        let attack = try Self.attack(Attack.catalogue.first { $0.name == "bim" }!)
        let robust = try Self.onThreads { try attack.evaluate(on: target, examples, eps: [0, 0.02, 0.3]) }
        let least = try Self.onThreads { try attack.minimalEps(on: target, examples) }
        #expect(robust[1] == robust[0] && robust[2] == robust[0] && robust[0].allSatisfy { $0.count == 200 })
        #expect(least[1] == least[0] && least[2] == least[0] && least[0].count == 200)
    }

    @Test("the batch suits the model, and few examples make several batches, on any number of threads")
    func defaultBatch() throws {
        let net = try Self.net([20, 96, 4], quantized: false)
        let image = try Recipe<Module>.conv2d.build([.int(1), .int(2), .int(3)])
        #expect(net.examplesPerPass == 256)
        #expect(try image.examplesPerPass == 64 && Module.sequential([net, image]).examplesPerPass == 64)
        #expect(Target(net, gradientsFrom: image).examplesPerPass == 64)
        #expect(Target("function") { $0 }.examplesPerPass == 128)
        let attack = try AttackSamples.build(Attack.catalogue[1], [])
        for (asked, count, sizes) in [
            (nil, 60, [60]), (nil, 200, [64, 64, 64, 8]), (nil, 600, [150, 150, 150, 150]),
            (nil, 1030, [256, 256, 256, 256, 6]), (7, 15, [7, 7, 1]),
        ] as [(Int?, Int, [Int])] {
            var attack = attack
            attack.batch = asked
            let found = try Self.onThreads {
                var found: [Int] = []
                try attack.eachBatch(Self.examples(count, 20), on: Target(net), budget: { _ in 0 }, report: { _ in }) {
                    (slot: BatchSlot<Int>, _) in
                    slot.outcome = slot.range.count
                } take: {
                    found.append($0)
                }
                return found
            }
            #expect(found == [sizes, sizes, sizes])
        }
    }

    @Test("progress is told on the calling thread and never goes back")
    func progress() throws {
        final class Sink: ProgressSink {
            let told = Mutex<[Int]>([])
            let caller = pthread_self()
            func begin(_ label: String, total: Int, unit: String) {}
            func advance(to done: Int, metric: String) {
                #expect(pthread_equal(pthread_self(), caller) != 0)
                told.withLock { $0.append(done) }
            }
            func end() {}
        }
        let target = Target(try Self.net([20, 96, 4], quantized: false)), examples = try Self.examples(300, 20)
        let attack = try Self.attack(Attack.catalogue.first { $0.name == "pgd" }!)
        _ = try Self.onThreads {
            let sink = Sink()
            _ = try Context.with(progress: sink) { try attack.run(on: target, examples) }
            let told = sink.told.withLock { $0 }
            // Others may have taken all batches before the caller could begin one: then it tells of the groups alone.
            #expect(told == told.sorted() && told.last == 300 && told.count > (Workers.count == 1 ? 10 : 1))
        }
    }

    @Test("an interrupt ends all batches within a step and hands over a whole beginning")
    func interrupt() throws {
        final class Stopper: ProgressSink {
            func begin(_ label: String, total: Int, unit: String) {}
            func advance(to done: Int, metric: String) { if done > 120 { Interrupt.request() } }
            func end() {}
        }
        defer { Interrupt.clear() }
        let target = Target(try Self.net([20, 96, 4], quantized: false)), examples = try Self.examples(300, 20)
        let attack = try Self.attack(Attack.catalogue.first { $0.name == "pgd" }!, ("early_stop", .flag(false)))
        _ = try Self.onThreads {
            Interrupt.clear()
            do {
                _ = try Context.with(progress: Stopper()) { try attack.run(on: target, examples) }
                Issue.record("not interrupted")
            } catch let stop as Interrupted {
                let partial = try #require(stop.partial as? AttackResult), done = partial.outcomes.count
                #expect(done < 300 && (Workers.count > 1 || done > 120) && partial.adversarial.shape == [done, 20])
                #expect(
                    partial.outcomes.prefix(max(0, done - 48 * Workers.count)).allSatisfy { $0.ending != .unfinished })
                let x = try examples.batch(Array(0..<done)).x.array(Float.self)
                let points = try partial.adversarial.array(Float.self)
                #expect(zip(x, points).allSatisfy { abs($0 - $1) <= 0.1001 })
            }
        }
    }

    @Test("a failure in one batch is the call's, and the next call works")
    func failure() throws {
        let net = try Self.net([20, 96, 4], quantized: false), attack = try Self.attack(Attack.catalogue[1])
        let good = try Self.examples(200, 20)
        let bad = Examples(count: 200) { indices in
            let (x, y) = try good.batch(indices)
            return indices.contains(60) ? (x, try Tensor(indices.map { _ in Int64(9) })) : (x, y)
        }
        let messages = Self.onThreads {
            do { return "\(try attack.run(on: Target(net), bad))" } catch { return "\(error)" }
        }
        #expect(
            messages
                == Array(repeating: "attack: bad value for 'labels' (classes 0 to 3 expected, got 9)", count: 3))
        #expect(try attack.run(on: Target(net), good).outcomes.count == 200)
    }

    @Test("convolutions have a batch on each of up to four threads, and give the same bits on one, two and three")
    func convolutions() throws {
        let cnn = try Recipe<Module>.layers.first { $0.name == "lenet" }!.build()
        let key = Key(seed: 4), x = try Tensor.uniform([20, 1, 28, 28], key: key)
        let examples = try Examples(x, Tensor((0..<20).map { Int64($0 % 10) }))
        let attack = try AttackSamples.build(
            Attack.catalogue.first { $0.name == "pgd" }!,
            [("steps", .int(3)), ("batch", .int(8)), ("eps", .number(0.01))])
        let before = Workers.count
        defer { Workers.use(before) }
        let results = try [1, 2, 3].map { threads in
            Workers.use(threads)
            #expect(try Target(cnn).sharesModel())
            return try attack.run(on: Target(cnn), examples)
        }
        for other in results.dropFirst() {
            #expect(other.outcomes == results[0].outcomes && other.passes == results[0].passes)
            #expect(try other.adversarial.array(Float.self) == results[0].adversarial.array(Float.self))
        }
        Workers.use(5)
        #expect(try !Target(cnn).sharesModel())
    }

    @Test("callbacks and losses of the user's own keep one batch at a time")
    func others() throws {
        #expect(try !AttackSamples.curved().sharesModel())
        #expect(!Objective.function { logits, _ in try logits.sum([1]) }.isRowwise)
        #expect(Objective.margin.isRowwise && Objective.crossEntropy.tempered(3).isRowwise)
    }
}
