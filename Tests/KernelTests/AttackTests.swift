import Synchronization
import Testing

@testable import Kernel

/// What holds for every attack of the catalogue.
@Suite(.serialized) struct AttackConformance {
    let target = try! AttackSamples.curved()

    func attack(_ recipe: Recipe<Attack>, _ eps: Double, _ more: (name: String, value: Value)...) throws -> Attack {
        try AttackSamples.build(recipe, [("eps", .number(eps)), ("seed", .int(5))] + more)
    }

    @Test("the prediction is the first largest logit, and -1 for a row with nan, in float32 and float64")
    func predictions() throws {
        let rows: [([Double], Int)] = [
            ([1, 3, 3], 1), ([.nan, 1, 2], -1), ([1, 2, .nan], -1), ([-.infinity, -.infinity, -1], 2), ([5, 5, 5], 0),
            ([0, .infinity, 1], 1), ([-2, -1, -3], 1),
        ]
        let logits = try Tensor(rows.flatMap { $0.0.map { Float($0) } }, [rows.count, 3])
        #expect(try logits.predictions() == rows.map(\.1))
        #expect(try logits.converted(to: .float64).predictions() == rows.map(\.1))
        // Float64 tells apart what float32 does not.
        #expect(try Tensor([1, 1 + 1e-12], [1, 2]).predictions() == [1])
        #expect(try logits.narrow(1, 1, 2).predictions() == [0, 1, -1, 1, 0, 0, 0])
    }

    @Test("one step from the inputs: what was not attacked stays at its input, also beside logits that are nan")
    func onePoint() throws {
        let model = try AttackSamples.Affine(), plain = model.target(0...1)
        // Logits of an input are finite; those of a point that moved are nan for one example in three.
        let target = Target("nan after the step") { x in
            let logits = try Primitive.linear(x, model.weight, model.bias)
            guard try x.detached().array(Float.self).contains(where: { $0 != 0.5 }) else { return logits }
            let holes = try Tensor((0..<x.shape[0]).map { $0 % 3 == 0 ? Float.nan : 0 }, [x.shape[0], 1])
            return try Primitive.add(logits, holes)
        }
        let x = try Tensor.full([20, 12], 0.5), label = try plain.logits(x).predictions()[0]
        let labels = try Tensor((0..<20).map { $0 == 4 ? Int64((label + 1) % 4) : Int64(label) })
        let result = try Attack.recipe("fgsm", eps: 1e-3).run(on: target, Examples(x, labels), checks: .none)
        let points = try result.adversarial.array(Float.self)
        for (place, outcome) in result.outcomes.enumerated() {
            let moved = points[place * 12..<(place + 1) * 12].contains { $0 != 0.5 }
            #expect(moved == (place != 4) && (outcome.distances.linf > 0) == moved)
            #expect(outcome.ending == (place == 4 ? .already : place % 3 == 0 ? .reached : .finished))
        }
    }

    @Test("points stay in the ball and in the range, exactly", arguments: Attack.catalogue)
    func confined(_ recipe: Recipe<Attack>) throws {
        let examples = try AttackSamples.examples(target)
        let x = try examples.batch(Array(0..<examples.count)).x.array(Double.self)
        for norm in recipe.signature.parameters.contains(where: { $0.name == "norm" }) ? Norm.allCases : [.linf] {
            for eps in [1e-7, 1.0 / 255, 0.3, 2] {
                let attack = try attack(recipe, eps, ("norm", .text(norm.rawValue)), ("early_stop", .flag(false)))
                let result = try attack.run(on: target, examples)
                let points = try result.adversarial.array(Double.self)
                #expect(points.allSatisfy { $0 >= 0 && $0 <= 1 })
                for (i, outcome) in result.outcomes.enumerated() {
                    let d = (0..<AttackSamples.width).map { abs(points[i * 12 + $0] - x[i * 12 + $0]) }
                    #expect(Norm.size(d, norm) <= eps * (1 + 1e-6), "\(recipe.name) \(norm) \(eps)")
                    #expect(abs(Ball.size(outcome.distances, norm) - Norm.size(d, norm)) <= 1e-12 * eps)
                }
            }
        }
    }

    @Test(
        "success is what the model says of the final points, one by one and all together", arguments: Attack.catalogue)
    func verdicts(_ recipe: Recipe<Attack>) throws {
        let examples = try AttackSamples.examples(target)
        let result = try attack(recipe, 0.2).run(on: target, examples)
        let together = try target.logits(result.adversarial).predictions()
        let single = try (0..<examples.count).map {
            try target.logits(result.adversarial.gatherRows([$0])).predictions()[0]
        }
        #expect(result.outcomes.map(\.final) == together)
        #expect(single == together)
        #expect(result.outcomes.map(\.success) == zip(result.outcomes, together).map { $0.label != $1 })
        #expect(result.outcomes.map(\.isRobust) == result.outcomes.map { $0.isCleanCorrect && !$0.success })
    }

    @Test("the same seed gives the same bits, whatever the batch", arguments: Attack.catalogue)
    func repeatable(_ recipe: Recipe<Attack>) throws {
        let target = try AttackSamples.curved(rowwise: true)
        let examples = try AttackSamples.examples(target)
        for early in [true, false] {
            let whole = try attack(recipe, 0.1, ("early_stop", .flag(early))).run(on: target, examples)
            let again = try attack(recipe, 0.1, ("early_stop", .flag(early))).run(on: target, examples)
            let small = try attack(recipe, 0.1, ("early_stop", .flag(early)), ("batch", .int(7))).run(
                on: target, examples)
            #expect(try whole.adversarial.array(Float.self) == again.adversarial.array(Float.self))
            #expect(whole.outcomes == again.outcomes)
            #expect(try whole.adversarial.array(Float.self) == small.adversarial.array(Float.self))
        }
    }

    @Test("the same holds where the first layer follows the points", arguments: Attack.catalogue)
    func repeatableOnTrail(_ recipe: Recipe<Attack>) throws {
        let target = try TrailTests.rowwise(), examples = try TrailTests.dark(60, 100)
        for early in [true, false] {
            let results = try [60, 60, 17].map {
                try attack(recipe, 0.05, ("early_stop", .flag(early)), ("batch", .int($0))).run(on: target, examples)
            }
            for other in results.dropFirst() {
                #expect(try other.adversarial.array(Float.self) == results[0].adversarial.array(Float.self))
                #expect(other.outcomes == results[0].outcomes && other.tally.silent == 0)
            }
        }
    }

    @Test("a budget of 0 returns the input bit for bit, and success is misclassification", arguments: Attack.catalogue)
    func nothing(_ recipe: Recipe<Attack>) throws {
        let x = try AttackSamples.examples(target).batch(Array(0..<40)).x
        let examples = try Examples(x, Tensor((0..<40).map { Int64($0 % 4) }))
        let result = try attack(recipe, 0).run(on: target, examples)
        #expect(try result.adversarial.array(Float.self) == x.array(Float.self))
        #expect(result.outcomes.allSatisfy { $0.success == ($0.clean != $0.label) })
        #expect(result.outcomes.contains { $0.success } && result.outcomes.contains { !$0.success })
    }

    @Test("counts of passes add up", arguments: Attack.catalogue)
    func counts(_ recipe: Recipe<Attack>) throws {
        let target = try AttackSamples.curved()
        let examples = try AttackSamples.examples(target), before = target.passes
        let result = try attack(recipe, 0.05).run(on: target, examples)
        let all = target.passes - before
        #expect(all.forwards == result.passes.forwards + result.checkPasses.forwards)
        #expect(all.backwards == result.passes.backwards + result.checkPasses.backwards)
        let built = try attack(recipe, 0.05)
        #expect(result.passes.backwards <= 40 * built.steps * built.restarts)
        #expect(result.passes.forwards >= max(40, result.passes.backwards))
    }

    @Test("from the inputs themselves, one pass serves the clean predictions and the first step")
    func sharedOpening() throws {
        let model = try AttackSamples.Affine()
        let forward: Target.Forward = { try Primitive.linear($0, model.weight, model.bias) }
        let one = Target("one", range: -1000...1000, forward: forward)
        let two = Target("two", range: -1000...1000, verdict: forward, surrogate: ("it", forward))
        let examples = try AttackSamples.examples(one)
        var attack = Attack("steps", eps: .all(0.05), steps: 3)
        attack.earlyStop = false
        let result = try attack.run(on: one, examples), count = examples.count
        #expect(result.passes.backwards == 3 * count)
        // Clean with the first step, two more steps, the last point, and perhaps a verdict on the best ones.
        #expect([4 * count, 5 * count].contains(result.passes.forwards))

        // Through two functions everything is asked on its own: the points are the same.
        let other = try attack.run(on: two, examples)
        #expect(other.passes.forwards > result.passes.forwards)
        #expect(try other.adversarial.equals(result.adversarial))
        #expect(other.outcomes.map(\.clean) == result.outcomes.map(\.clean))
    }

    @Test("the gradients of parameters and the mode of the model stay untouched")
    func untouched() throws {
        let weight = try Tensor.normal([4, 12], key: Key(seed: 1)).requireGrad()
        let target = Target("leaf") { try Primitive.linear($0, weight, Tensor.zeros([4])) }
        _ = try attack(Attack.catalogue[4], 0.1).run(on: target, try AttackSamples.examples(target))
        #expect(weight.grad == nil)
    }

    @Test("an interrupt stops within a step and hands over what is done")
    func interrupt() throws {
        let examples = try AttackSamples.examples(target)
        let inner = try AttackSamples.curved()
        let calls = Counter()
        let slow = Target("slow") { x in
            if calls.next() == 30 { Interrupt.request() }
            return try inner.logits(x).detached()
        }
        defer { Interrupt.clear() }
        var attack = Attack("noise", eps: .all(0.01), steps: 0)
        (attack.start, attack.restarts, attack.batch) = (.uniform, 20, 10)
        do {
            _ = try attack.run(on: slow, examples)
            Issue.record("not interrupted")
        } catch let stop as Interrupted {
            let partial = try #require(stop.partial as? AttackResult)
            #expect(calls.value == 30)
            #expect(partial.isInterrupted && partial.outcomes.count == 20)
            #expect(partial.adversarial.shape == [20, 12])
            #expect(partial.outcomes.prefix(10).allSatisfy { $0.ending != .unfinished })
            #expect(partial.warnings.first?.code == "interrupted")
        }
    }
}

final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { count.withLock { $0 } }
    func next() -> Int {
        count.withLock {
            $0 += 1; return $0
        }
    }
}

extension Norm {
    static func size(_ d: [Double], _ norm: Norm) -> Double {
        switch norm {
        case .linf: d.map(abs).max()!
        case .l2: d.reduce(0) { $0 + $1 * $1 }.squareRoot()
        case .l1: d.reduce(0) { $0 + abs($1) }
        }
    }
}
