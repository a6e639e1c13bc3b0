import Testing

@testable import Kernel

/// Broken models that the checks must catch, and sound ones that they must not.
@Suite struct AttackCheckTests {
    func codes(_ target: Target, _ attack: Attack, _ examples: Examples? = nil, _ level: CheckLevel = .standard) throws
        -> [String]
    {
        try attack.run(on: target, examples ?? AttackSamples.examples(target), checks: level).warnings.map(\.code)
    }
    let pgd = try! Attack.recipe("pgd", eps: 0.05)

    @Test("a sound evaluation has no warnings")
    func sound() throws {
        #expect(try codes(AttackSamples.curved(), pgd) == [])
        #expect(try codes(AttackSamples.curved(), .recipe("pgd", eps: 0.3), nil, .all) == [])
    }

    @Test("W01: inputs outside the range")
    func outside() throws {
        let target = try AttackSamples.curved(0.25...0.75)
        let found = try pgd.run(on: target, AttackSamples.examples(target)).warnings
        #expect(
            found.map(\.description) == ["W01 40 inputs lie outside the declared range [0.25, 0.75] or are not numbers"]
        )
    }

    @Test("W02: a budget meant for 0 to 255")
    func scale() throws {
        let found = try Attack.recipe("pgd", eps: 8).run(
            on: AttackSamples.curved(), AttackSamples.examples(AttackSamples.curved())
        ).warnings
        #expect(
            found.map(\.text) == ["eps 8 is more than half of what the range [0, 1] allows; is it meant for 0 to 255?"])
    }

    @Test("W03: probabilities instead of logits")
    func probabilities() throws {
        let target = Target("half") { x in
            try Primitive.linear(x, .zeros([4, 12]), Tensor([Float(0.7), 0.1, 0.1, 0.1]))
        }
        #expect(try codes(target, pgd).contains("W03"))
    }

    @Test("W04: a random forward pass")
    func random() throws {
        let inner = try AttackSamples.curved(), calls = Counter()
        let target = Target("random") { x in
            let moved = try Primitive.add(x, .scalar(0.01 * Double(calls.next() % 7)))
            return try inner.logits(moved)
        }
        #expect(try codes(target, pgd).contains("W04"))
    }

    @Test("W06: rounding without a straight-through estimator, and a detached layer")
    func zero() throws {
        let model = try AttackSamples.Affine()
        let target = Target("detached") { try Primitive.linear($0.detached(), model.weight, model.bias) }
        let found = try pgd.run(on: target, AttackSamples.examples(target)).warnings
        #expect(found.map(\.text) == ["100.0 % of the input gradients are zero (random directions were taken)"])
    }

    @Test("W06: gradients that are not finite freeze the example and are told")
    func infinite() throws {
        let weight = try Tensor.full([4, 12], 1e30), scale = try Tensor.scalar(1e30)
        let target = Target("huge") { x in
            try Primitive.mul(Primitive.linear(x, weight, .zeros([4])), scale)
        }
        let examples = try Examples(.full([3, 12], 0.5), Tensor([Int64(0), 0, 0]))
        let result = try pgd.run(on: target, examples)
        #expect(result.warnings.contains { $0.code == "W06" })
    }

    @Test("W07: a saturated cross-entropy")
    func saturated() throws {
        let model = try AttackSamples.Affine(), scale = try Tensor.scalar(1000)
        let target = Target("sharp") { try Primitive.mul(Primitive.linear($0, model.weight, model.bias), scale) }
        #expect(try codes(target, pgd).contains("W07"))
        #expect(try !codes(target, .recipe("pgd", eps: 0.05, ("objective", .text("margin")))).contains("W07"))
        #expect(try !codes(target, .recipe("pgd", eps: 0.05, ("temperature", .number(1000)))).contains("W07"))
    }

    @Test("W09: verdict and gradient from models that disagree")
    func disagreement() throws {
        let a = try AttackSamples.Affine(seed: 1), b = try AttackSamples.Affine(seed: 2)
        let target = Target(
            "a", verdict: { try Primitive.linear($0, a.weight, a.bias) },
            surrogate: ("b", { try Primitive.linear($0, b.weight, b.bias) }))
        #expect(try codes(target, pgd).contains("W09"))
    }

    @Test("W10: successes that a fresh verdict does not confirm")
    func silent() throws {
        let inner = try AttackSamples.curved()
        let target = Target("two-faced") { x in
            // Right labels when asked without gradients, random-looking ones with them.
            Context.current.recordsGradients
                ? try Primitive.mul(Primitive.linear(x, .ones([4, 12]), .zeros([4])), Tensor([Float(1), 2, 3, 4]))
                : try inner.logits(x)
        }
        #expect(try codes(target, .recipe("pgd", eps: 0.001)).contains("W10"))
    }

    @Test("W17: an attack no better than noise")
    func noise() throws {
        let model = try AttackSamples.Affine(classes: 2)
        let target = Target(
            "backwards", verdict: { try Primitive.linear($0, model.weight, model.bias) },
            surrogate: ("reversed", { try Primitive.mul(Primitive.linear($0, model.weight, model.bias), .scalar(-1)) }))
        #expect(try codes(target, .recipe("fgsm", eps: 0.3), nil, .all).contains("W17"))
    }

    @Test("a transfer attack is crafted on the surrogate alone and judged by the other model")
    func transfer() throws {
        let a = try AttackSamples.Affine(seed: 1), b = try AttackSamples.Affine(seed: 2), asked = Counter()
        let target = Target(
            "a",
            verdict: { x in
                _ = asked.next()
                return try Primitive.linear(x, a.weight, a.bias)
            }, surrogate: ("b", { try Primitive.linear($0, b.weight, b.bias) }), asksVerdict: false)
        let examples = try AttackSamples.examples(a.target())
        let result = try pgd.run(on: target, examples, checks: .none)
        #expect(asked.value == 2)  // clean and final
        #expect(try result.outcomes.map(\.final) == target.logits(result.adversarial).predictions())
    }
}
