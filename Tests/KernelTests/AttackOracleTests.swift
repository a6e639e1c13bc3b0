import Glibc
import Testing

@testable import Kernel

/// Attacks against models whose answer is known in closed form.
@Suite struct AttackOracleTests {
    @Test("two affine classes under fgsm: accuracy is exactly the share with margin > eps * |w|_1")
    func twoClasses() throws {
        let model = try AttackSamples.Affine(classes: 2)
        let target = model.target()
        let examples = try AttackSamples.examples(target, count: 200)
        let (x, y) = try examples.floats(0..<200)
        let points = try x.array(Double.self)
        for eps in [0.01, 0.05, 0.1, 0.2, 0.5] {
            let closer = (0..<200).count {
                model.distance(Array(points[$0 * 12..<($0 + 1) * 12]), y[$0], .linf) > eps
            }
            let robust = try Attack.recipe("fgsm", eps: eps).run(on: target, examples).robustAccuracy
            #expect(robust == Share(closer, of: 200), "eps \(eps)")
        }
    }

    @Test(
        "two affine classes in every norm: one step breaks just above the distance and not just below",
        arguments: Norm.allCases)
    func oneStep(_ norm: Norm) throws {
        let model = try AttackSamples.Affine(classes: 2)
        let target = model.target()
        let examples = try AttackSamples.examples(target)
        let exact = try distances(model, examples, norm)
        for (factor, broken) in [(0.999, false), (1.001, true)] {
            let attack = try Attack.recipe("fgsm", eps: 1, ("norm", .text(norm.rawValue)))
                .with(eps: .each(exact.map { $0 * factor }))
            let outcomes = try attack.run(on: target, examples).outcomes
            #expect(outcomes.allSatisfy { $0.success == broken }, "\(norm) at \(factor) of the distance")
        }
    }

    @Test(
        "many affine classes: pgd breaks no example below its distance, and every one just above",
        arguments: Norm.allCases)
    func manyClasses(_ norm: Norm) throws {
        let model = try AttackSamples.Affine()
        let target = model.target()
        let examples = try AttackSamples.examples(target)
        let exact = try distances(model, examples, norm)
        for (factor, broken) in [(0.999, false), (1.001, true)] {
            var isBroken = exact.map { _ in false }
            for aim in 0..<AttackSamples.classes {
                var attack = try Attack.recipe(
                    "pgd", eps: 1, ("norm", .text(norm.rawValue)), ("steps", .int(100)), ("target", .int(aim)),
                    ("objective", .text("margin")))
                attack.eps = .each(exact.map { $0 * factor })
                attack.stepSize = StepSize(name: "2 * eps / k") { k, _, eps in 2 * eps / Double(k + 1) }
                let outcomes = try attack.run(on: target, examples).outcomes
                for (i, outcome) in outcomes.enumerated() where outcome.success { isBroken[i] = true }
            }
            #expect(isBroken.count { $0 != broken } == 0, "\(norm) at \(factor)")
        }
    }

    @Test("bim is what its definition says, computed plainly")
    func slowTwin() throws {
        let model = try AttackSamples.Affine()
        let target = model.target(0...1)
        let examples = try AttackSamples.examples(target)
        let (x, labels) = try examples.floats(0..<examples.count)
        let clean = try x.array(Double.self), width = AttackSamples.width
        let attack = try Attack.recipe(
            "bim", eps: 0.1, ("steps", .int(6)), ("alpha", .number(0.03)), ("early_stop", .flag(false)))
        let found = try attack.run(on: target, examples).adversarial.array(Double.self)
        for (i, y) in labels.enumerated() {
            let origin = Array(clean[i * width..<(i + 1) * width])
            let expected = plainBIM(model, origin, y, eps: 0.1, alpha: 0.03, steps: 6)
            for k in 0..<width { #expect(abs(found[i * width + k] - expected[k]) < 1e-5) }
        }
    }

    /// The best point by (misclassified, loss) of sign steps on the cross-entropy, clipped to the ball and the unit cube.
    func plainBIM(
        _ model: AttackSamples.Affine, _ origin: [Double], _ y: Int, eps: Double, alpha: Double, steps: Int
    ) -> [Double] {
        var x = origin, best = origin
        var standing = (fooled: false, loss: -Double.infinity)
        for _ in 0..<steps {
            let slope = probabilities(model.logits(x)).enumerated().map { $1 - ($0 == y ? 1 : 0) }
            for k in x.indices {
                let gradient = zip(slope, model.w).reduce(0) { $0 + $1.0 * $1.1[k] }
                let moved = x[k] + (gradient > 0 ? alpha : gradient < 0 ? -alpha : 0)
                x[k] = min(max(moved, origin[k] - eps, 0), origin[k] + eps, 1)
            }
            let z = model.logits(x), loss = -log(probabilities(z)[y]), fooled = z[y] < z.max()!
            if fooled == standing.fooled ? loss > standing.loss : fooled { (best, standing) = (x, (fooled, loss)) }
        }
        return best
    }
    func probabilities(_ z: [Double]) -> [Double] {
        let total = z.reduce(0) { $0 + exp($1) }
        return z.map { exp($0) / total }
    }

    @Test("bisection finds the distances of an affine model", arguments: Norm.allCases)
    func minimal(_ norm: Norm) throws {
        let model = try AttackSamples.Affine(classes: 2)
        let target = model.target()
        let examples = try AttackSamples.examples(target)
        let attack = try Attack.recipe("fgsm", eps: 0.1, ("norm", .text(norm.rawValue)))
        let found = try attack.minimalEps(on: target, examples, tolerance: 1e-4)
        for (found, exact) in zip(found, try distances(model, examples, norm)) {
            #expect(found >= exact * (1 - 1e-5) && found <= exact * (1 + 2e-4), "\(norm): \(found) for \(exact)")
        }
    }

    @Test("a wrong example is at distance 0, an unbreakable one at infinity")
    func minimalEnds() throws {
        let weight = try Tensor.zeros([2, 12]), bias = try Tensor([Float(1), 0])
        let target = Target("constant") { try Primitive.linear($0, weight, bias) }
        let examples = try Examples(.zeros([2, 12]), Tensor([Int64(0), 1]))
        #expect(try Attack.recipe("fgsm", eps: 0.1).minimalEps(on: target, examples) == [.infinity, 0])
    }

    func distances(_ model: AttackSamples.Affine, _ examples: Examples, _ norm: Norm) throws -> [Double] {
        let (x, y) = try examples.floats(0..<examples.count)
        let points = try x.array(Double.self)
        return y.indices.map { model.distance(Array(points[$0 * 12..<($0 + 1) * 12]), y[$0], norm) }
    }
}

/// Relations between attacks.
@Suite struct AttackRelationTests {
    let target = try! AttackSamples.curved()

    func points(_ attack: Attack) throws -> [Float] {
        try attack.run(on: target, AttackSamples.examples(target)).adversarial.array(Float.self)
    }
    func robust(_ attack: Attack) throws -> Int {
        try attack.run(on: target, AttackSamples.examples(target, count: 80)).robustAccuracy.hits
    }

    @Test("momentum without memory is bim")
    func momentum() throws {
        let decay = ("decay", Value.number(0)), off = ("early_stop", Value.flag(false))
        #expect(try points(.recipe("mi_fgsm", eps: 0.1, decay, off)) == points(.recipe("bim", eps: 0.1, off)))
    }

    @Test("r_fgsm without its random step is fgsm")
    func random() throws {
        #expect(try points(.recipe("r_fgsm", eps: 0.1, ("alpha", .number(0)))) == points(.recipe("fgsm", eps: 0.1)))
    }

    @Test("averaging gradients of a deterministic model changes nothing")
    func averaged() throws {
        let once = try points(.recipe("pgd", eps: 0.1)), twice = try points(.recipe("pgd", eps: 0.1, ("eot", .int(2))))
        #expect(once == twice)
    }

    @Test("of two classes the cross-entropy has the sign of the margin at any temperature")
    func temperature() throws {
        let target = try AttackSamples.Affine(classes: 2).target(0...1)
        let examples = try AttackSamples.examples(target)
        func points(_ more: (name: String, value: Value)...) throws -> [Float] {
            try Attack.recipe("fgsm", eps: 0.1, more).run(on: target, examples).adversarial.array(Float.self)
        }
        let plain = try points()
        #expect(try points(("temperature", .number(100))) == plain)
        #expect(try points(("temperature", .number(0.5))) == plain)
        #expect(try points(("objective", .text("margin"))) == plain)
    }

    @Test("robust accuracy never rises with eps, steps or restarts")
    func monotone() throws {
        func falls(_ counts: [Int]) -> Bool { zip(counts, counts.dropFirst()).allSatisfy { $0 >= $1 } }
        #expect(falls(try [0, 0.02, 0.05, 0.1, 0.2, 0.4].map { try robust(.recipe("pgd", eps: $0)) }))
        let alpha = ("alpha", Value.number(0.02))
        #expect(falls(try [1, 2, 5, 20].map { try robust(.recipe("pgd", eps: 0.1, ("steps", .int($0)), alpha)) }))
        #expect(falls(try [1, 2, 5].map { try robust(.recipe("pgd", eps: 0.1, ("restarts", .int($0)))) }))
        #expect(try robust(.recipe("pgd", eps: 0.1)) <= robust(.recipe("noise", eps: 0.1)))
    }

    @Test("an attack without limits breaks everything")
    func unlimited() throws {
        let target = try AttackSamples.Affine().target()
        let examples = try AttackSamples.examples(target)
        #expect(
            try Attack.recipe("pgd", eps: 100, ("objective", .text("margin"))).run(on: target, examples).robustAccuracy
                .hits == 0)
    }

    @Test("one gradient for all budgets gives what one run per budget gives")
    func sweep() throws {
        let examples = try AttackSamples.examples(target, count: 60)
        let budgets = [0, 0.01, 0.05, 0.1, 0.3]
        for (name, shares) in [("fgsm", true), ("bim", false), ("r_fgsm", false)] {
            let attack = try Attack.recipe(name, eps: 0.1)
            #expect(attack.directionIsIndependentOfEps == shares)
            let runs = try budgets.map {
                try attack.with(eps: .all($0)).run(on: target, examples).outcomes.map(\.isRobust)
            }
            #expect(try attack.evaluate(on: target, examples, eps: budgets) == runs)
        }
    }

    @Test("a budget per example is kept per example")
    func perExample() throws {
        let eps = (0..<40).map { Double($0) * 0.005 }
        let outcomes = try Attack.recipe("pgd", eps: 1).with(eps: .each(eps))
            .run(on: target, AttackSamples.examples(target)).outcomes
        for (outcome, eps) in zip(outcomes, eps) { #expect(outcome.distances.linf <= eps * (1 + 1e-6)) }
        #expect(throws: KernelError.value(op: "attack.pgd", name: "eps", expected: "a number or 40 numbers", got: "2"))
        {
            try Attack.recipe("pgd", eps: 1).with(eps: .each([1, 2])).run(on: target, AttackSamples.examples(target))
        }
    }

    @Test("targeted attacks reach the class they name")
    func targeted() throws {
        let target = try AttackSamples.Affine().target()
        let examples = try AttackSamples.examples(target)
        for rule in [Value.text("random"), .text("next"), .text("least_likely"), .int(2)] {
            let outcomes = try Attack.recipe("pgd", eps: 20, ("steps", .int(40)), ("target", rule))
                .run(on: target, examples).outcomes
            for outcome in outcomes {
                if outcome.ending == .skipped {
                    #expect(outcome.target == outcome.label && outcome.distances == .zero)
                } else {
                    #expect(outcome.success && outcome.final == outcome.target && outcome.target != outcome.label)
                }
            }
        }
        #expect(
            throws: KernelError.value(op: "attack", name: "target", expected: "classes 0 to 3", got: "4")
        ) { try Attack.recipe("pgd", eps: 1, ("target", .int(4))).run(on: target, examples) }
    }

    @Test("adversarial examples for training raise the loss and leave the model alone")
    func perturb() throws {
        let (x, y) = try AttackSamples.examples(target).batch(Array(0..<40))
        let attack = try Attack.recipe("pgd", eps: 0.1)
        let moved = try attack.perturb(on: target, x, y, key: Key(seed: 1))
        let goal = Goal(try y.array(Int64.self).map(Int.init))
        let before = try Objective.crossEntropy.evaluate(target.logits(x), goal).losses
        let after = try Objective.crossEntropy.evaluate(target.logits(moved), goal).losses
        #expect(zip(before, after).allSatisfy { $0 < $1 })
        #expect(moved.node == nil)
        #expect(try attack.perturb(on: target, x, y, key: Key(seed: 1)).array(Float.self) == moved.array(Float.self))
    }
}

extension Attack {
    static func recipe(_ name: String, eps: Double, _ more: (name: String, value: Value)...) throws -> Attack {
        try recipe(name, eps: eps, more)
    }
    static func recipe(_ name: String, eps: Double, _ more: [(name: String, value: Value)]) throws -> Attack {
        let recipe = catalogue.first { $0.name == name }!
        return try recipe.build([.table(.init(named: [("eps", .number(eps))] + more))])
    }
}
