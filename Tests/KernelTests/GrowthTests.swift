import Synchronization
import TestSupport
import Testing

@testable import Kernel

/// What some work did, counted: operations by name, elements that they touched, and the bytes of tensors that it held at
/// most, seen where operations begin and end.
private struct Work: Equatable {
    var operations: [String: Int] = [:]
    var elements = 0
    var peak = 0

    @TaskLocal static var isCounted = false

    /// Counts the work of the body, on this task alone.
    static func of(_ body: () throws -> Void) throws -> Work {
        let work = Mutex(Work()), before = MemoryPool.liveBytes
        @Sendable func look() { work.withLock { $0.peak = max($0.peak, MemoryPool.liveBytes - before) } }
        Operations.watch(
            .init { name, elements in
                guard isCounted else { return }
                work.withLock {
                    $0.operations[name, default: 0] += 1
                    $0.elements += elements
                }
                look()
            } end: {
                if isCounted { look() }
            })
        defer { Operations.watch(nil) }
        try $isCounted.withValue(true) { try body() }
        return work.withLock { $0 }
    }
}

/// How work grows with what it is asked for. A clock would tell the same with noise; these counts are exact.
@Suite(.serialized) struct GrowthTests {
    static let width = 64, batch = 16

    /// Wide enough for the first layer to follow the points of an attack.
    static let mlp = try! Module.sequential([layer("linear", 64, 96), layer("relu"), layer("linear", 96, 4)])
    static let cnn = try! Module.sequential([
        layer("conv2d", 1, 4, 3), layer("relu"), layer("max_pool", 2), layer("flatten"), layer("linear", 36, 4),
    ])

    static func layer(_ name: String, _ arguments: Int...) -> Module {
        let recipe = Recipe<Module>.layers.first { $0.name == name }!
        let hasSeed = recipe.signature.parameters.contains { $0.name == "seed" }
        return try! recipe.build([
            .table(.init(list: arguments.map(Value.int), named: hasSeed ? [("seed", .int(3))] : []))
        ])
    }

    /// Points of 8 x 8 with the labels that the model gives them.
    static func examples(_ model: Module, _ count: Int) throws -> Dataset {
        let x = try Tensor.uniform([count, 1, 8, 8], key: Key(seed: 3))
        let labels = try rows(model)(x).predictions()
        let table = try Dataset.Table(images: x, labels: labels, classNames: ["a", "b", "c", "d"])
        return Dataset(table, name: "points/test")
    }

    static func rows(_ model: Module) -> Target.Forward {
        let isFlat = model === mlp
        return { x in try model.forward(isFlat ? x.reshape([x.shape[0], width]) : x, .evaluation) }
    }

    static func target(_ model: Module, through other: Module? = nil) -> Target {
        guard let other else { return Target("model", forward: rows(model)) }
        return Target("model", verdict: rows(model), surrogate: ("other", rows(other)), asksVerdict: true)
    }

    static func attack(_ name: String, steps: Int = 5) throws -> Attack {
        let options: [(name: String, value: Value)] = [
            ("eps", .number(0.02)), ("steps", .int(steps)), ("draws", .int(steps)), ("batch", .int(batch)),
        ]
        var attack = try AttackSamples.build(Attack.catalogue.first { $0.name == name }!, options)
        attack.earlyStop = false  // who leaves depends on the data
        return attack
    }

    /// Whether three amounts of work, at 1, 2 and 4 times the size, lie on a line.
    private static func isAffine(_ work: [Work]) -> Bool {
        let names = Set(work.flatMap(\.operations.keys))
        let counts = names.map { name in work.map { $0.operations[name] ?? 0 } } + [work.map(\.elements)]
        return counts.allSatisfy { $0[2] - $0[1] == 2 * ($0[1] - $0[0]) } && work[2].elements > work[0].elements
    }

    static let names = ["noise", "fgsm", "r_fgsm", "bim", "pgd", "mi_fgsm"]

    @Test("attacks: work is affine in images, and memory grows by the results alone", arguments: names)
    func images(_ name: String) throws {
        for model in [Self.mlp, Self.cnn] {
            for target in [Self.target(model), Self.target(model, through: model)] {
                let attack = try Self.attack(name), counts = [64, 128, 256]
                let sets = try counts.map { try Self.examples(model, $0).examples }
                _ = try attack.run(on: target, sets[0])
                let work = try sets.map { set in try Work.of { _ = try attack.run(on: target, set) } }
                #expect(Self.isAffine(work), "\(name)")
                for (a, b) in [(0, 1), (1, 2)] {
                    #expect(work[b].peak - work[a].peak == (counts[b] - counts[a]) * Self.width * 4, "\(name)")
                }
            }
        }
    }

    @Test("attacks: work is affine in steps, and memory does not grow", arguments: ["noise", "bim", "pgd", "mi_fgsm"])
    func steps(_ name: String) throws {
        for model in [Self.mlp, Self.cnn] {
            let target = Self.target(model), examples = try Self.examples(model, 48).examples
            let attacks = try [5, 10, 20].map { try Self.attack(name, steps: $0) }
            _ = try attacks[0].run(on: target, examples)
            let work = try attacks.map { attack in try Work.of { _ = try attack.run(on: target, examples) } }
            #expect(Self.isAffine(work), "\(name)")
            #expect(Set(work.map(\.peak)).count == 1, "\(name): \(work.map(\.peak))")
        }
    }

    @Test("evaluation: work is affine in strengths with one clean pass, and memory does not grow", arguments: names)
    func strengths(_ name: String) throws {
        for model in [Self.mlp, Self.cnn] {
            let target = Self.target(model), examples = try Self.examples(model, 48).examples
            let attack = try Self.attack(name)
            let strengths = [[0.01], [0.01, 0.02], [0.01, 0.02, 0.03, 0.04]]
            _ = try attack.evaluate(on: target, examples, eps: strengths[0])
            let work = try strengths.map { eps in
                try Work.of { _ = try attack.evaluate(on: target, examples, eps: eps) }
            }
            #expect(Self.isAffine(work), "\(name)")
            #expect(Set(work.map(\.peak)).count == 1, "\(name): \(work.map(\.peak))")
        }
    }

    @Test(
        "a sweep: work is affine in strengths, models and images, and memory does not grow", arguments: ["fgsm", "pgd"])
    func sweeps(_ name: String) throws {
        let attack = try Self.attack(name)
        func work(_ strengths: Int, _ models: Int, _ images: Int) throws -> Work {
            let data = try Self.examples(Self.cnn, images), net = Self.cnn
            let sweep = try Sweep(
                models: (0..<models).map { ("model \($0)", [net]) }, attacks: [(name, attack)], on: data,
                eps: (1...strengths).map { 0.01 * Double($0) })
            return try Work.of { try sweep.run() }
        }
        _ = try work(1, 1, 64)
        for series in [
            try [1, 2, 4].map { try work($0, 1, 128) }, try [1, 2, 4].map { try work($0, 1, 48) },
            try [1, 2, 4].map { try work(2, $0, 64) }, try [64, 128, 256].map { try work(2, 1, $0) },
        ] {
            #expect(Self.isAffine(series))
            // What lies behind it are the images of one batch and what the model makes of them.
            #expect(
                series.map(\.peak).max()! - series.map(\.peak).min()! <= series[0].peak / 8, "\(series.map(\.peak))")
        }
    }

    @Test("accuracy and predictions: work is affine in images, and memory grows by the results alone")
    func evaluations() throws {
        let net = Self.cnn, sets = try [256, 512, 1024].map { try Self.examples(net, $0).examples }
        _ = try net.accuracy(sets[0])
        let accuracies = try sets.map { set in try Work.of { _ = try net.accuracy(set) } }
        #expect(Self.isAffine(accuracies))
        #expect(Set(accuracies.map(\.peak)).count == 1)
    }

    @Test("nothing is counted when nobody watches")
    func unwatched() throws {
        let work = try Work.of {}
        _ = try Self.mlp.forward(Tensor.zeros([2, 64]), .evaluation)
        #expect(work == Work())
    }
}
