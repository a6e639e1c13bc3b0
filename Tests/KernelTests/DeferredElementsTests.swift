import Glibc
import Testing

@testable import Kernel

/// Results that wait against those that are computed at once: not a bit may differ.
@Suite(.serialized) struct DeferredElementsTests {
    static let shape = [3, DeferredElements.least / 3 + 41]

    static func operand(_ seed: Int) throws -> Tensor { try .normal(shape, key: Key(seed: seed)) }
    static func areSame(_ a: Tensor, _ b: Tensor) throws -> Bool {
        try a.read(Float.self) { a in
            try b.read(Float.self) { memcmp(a.baseAddress!, $0.baseAddress!, a.count * MemoryLayout<Float>.size) == 0 }
        }
    }
    static func isWaiting(_ x: Tensor) -> Bool { if case .native = x.contents { true } else { false } }

    /// The operation on what waits already, its result looked at in the end, against the operation at once.
    func expectSame(_ name: String, _ operation: (Tensor, Tensor) throws -> Tensor) throws {
        let a = try Self.operand(1), b = try Self.operand(2)
        let exact = try operation(a.mul(0.5), b)
        let waiting = try DeferredElements.offered { try operation(a.mul(0.5), b) }
        #expect(Self.isWaiting(waiting), "\(name)")
        #expect(try Self.areSame(waiting, exact) && !Self.isWaiting(waiting), "\(name)")
    }

    @Test("every binary operation waits, with a number or a tensor on either side", arguments: [1, 2])
    func binary(_ threads: Int) throws {
        let before = Workers.count
        defer { Workers.use(before) }
        Workers.use(threads)
        for op in ElementwiseTests.binary where op.kind != .comparison {
            func run(_ a: Operand, _ b: Operand) throws -> Tensor { try op.plain(a, b) ?? op.apply(a, b) }
            try expectSame(op.name) { try run(.tensor($0), .tensor($1)) }
            try expectSame("turned \(op.name)") { try run(.tensor($1), .tensor($0)) }
            try expectSame("\(op.name) number") { x, _ in try run(.tensor(x), 1.5) }
            try expectSame("number \(op.name)") { x, _ in try run(1.5, .tensor(x)) }
            try expectSame("\(op.name) itself") { x, _ in try run(.tensor(x), .tensor(x)) }
        }
    }

    @Test("every function of one operand does, and chains of several", arguments: [1, 2])
    func chains(_ threads: Int) throws {
        let before = Workers.count
        defer { Workers.use(before) }
        Workers.use(threads)
        for op in ElementwiseTests.unary { try expectSame(op.name) { x, _ in try op(x) } }
        try expectSame("chain") { try $0.mul(2).add(1).relu().sub(.tensor($1)).exp().mul(.tensor($1)) }
        try expectSame("longer than a chain may be") { x, y in
            try (0..<2 * DeferredElements.longest + 3).reduce(x) { try $0.mul(0.9).add($1 % 3 == 0 ? .tensor(y) : 0.1) }
        }
        try expectSame("two chains") { try $0.mul(2).add(.tensor($1.exp().sub(1))) }
    }

    @Test("what lies inside a chain is there for whoever looks, and views and copies share it")
    func inside() throws {
        let a = try Self.operand(1)
        let twice = try a.mul(2), more = try a.mul(2).add(1)
        let (first, second, third) = try DeferredElements.offered {
            let first = try a.mul(2), second = try first.add(1)
            return (first, second, try second.relu())
        }
        #expect([first, second, third].allSatisfy(Self.isWaiting))
        #expect(try Self.areSame(second, more) && Self.areSame(first, twice))
        #expect(Self.isWaiting(third))
        let shared = third.detached()
        _ = try third.strided()
        #expect(try shared.strided().storage === third.strided().storage)
    }

    @Test("the latest result is computed before work that does not go on from it, and when everything is to be settled")
    func order() throws {
        let a = try Self.operand(1), b = try Self.operand(2)
        let (first, second) = try DeferredElements.offered { (try a.mul(2), try b.mul(3)) }
        let before = MemoryPool.takenBytes
        _ = try first.strided()
        #expect(MemoryPool.takenBytes == before, "computed when the second began")
        try DeferredElements.settle()
        let after = MemoryPool.takenBytes
        #expect(after > before && !DeferredElements.areWaiting)
        _ = try second.strided()
        #expect(MemoryPool.takenBytes == after)
    }

    @Test("what a result is computed from may change: the result is of before, and of what lies inside a chain too")
    func changes() throws {
        let changes: [(String, (Tensor) throws -> Void)] = [
            ("write", { try $0.write(Float.self) { $0[7] = 9 } }), ("assign", { try $0.assign(3.0) }),
            ("fill", { try $0.fill(from: .ones($0.shape, .float32)) }), ("scale", { try $0.scale(by: 2) }),
            ("accumulate", { try $0.accumulate(.ones($0.shape, .float32)) }),
            ("clamp", { try $0.clamp(to: 0, 0.5) }), ("slices", { try $0.assign(.scalar(1, .float32), at: []) }),
        ]
        for (name, change) in changes {
            let a = try Self.operand(1), b = try Self.operand(2)
            let twice = try a.mul(2), sum = try a.mul(2).add(.tensor(b))
            for changed in [a, b] {
                let (x, y) = (try a.copied(), try b.copied())
                let (first, second) = try DeferredElements.offered {
                    let first = try x.mul(2)
                    return (first, try first.add(.tensor(y)))
                }
                try change(changed === a ? x : y)
                #expect(try Self.areSame(first, twice) && Self.areSame(second, sum), "\(name)")
            }
        }
    }

    @Test("few elements, other types, views with gaps, recorded and watched operations do not wait")
    func others() throws {
        let a = try Self.operand(1)
        let leaf = try a.copied().requireGrad()
        let results = try DeferredElements.offered {
            [
                try Tensor.ones([4], .float32).mul(2), try a.converted(to: .float64).mul(2), try leaf.mul(2),
                try a.view([Self.shape[1], Self.shape[0]], strides: [1, Self.shape[1]], offset: 0).exp(), try a.lt(0.5),
                try a.mul(.tensor(.ones([1], .float32))),
            ]
        }
        #expect(!results.contains(where: Self.isWaiting))
        let plain = try a.mul(2)
        #expect(!Self.isWaiting(plain))
        Operations.watch(
            .init { _, _ in
            } end: {
            })
        defer { Operations.watch(nil) }
        let watched = try DeferredElements.offered { try a.mul(2) }
        #expect(!Self.isWaiting(watched))
    }

    @Test("data sets and examples hold elements that several threads may look at")
    func data() throws {
        let x = try DeferredElements.offered { try Self.operand(1).mul(2) }
        #expect(Self.isWaiting(x))
        let table = try Dataset.Table(images: x, labels: [0, 1, 0], classNames: ["a", "b"])
        #expect(!Self.isWaiting(table.images))
        let batch = try Examples(x, Tensor([0, 1, 0] as [Int64])).batch([2, 1]).x
        #expect(try Self.areSame(batch.rows(0..<1), x.rows(2..<3)))
    }

    @Test("Ctrl-C leaves a result waiting, and nothing waits for a tensor that is gone")
    func interrupt() throws {
        let a = try Tensor.normal([2 * Planes.piece], key: Key(seed: 1)), exact = try a.mul(2)
        let waiting = try DeferredElements.offered { try a.mul(2) }
        Interrupt.request()
        #expect(throws: Interrupted.self) { try waiting.strided() }
        #expect(throws: Interrupted.self) {
            Interrupt.request()
            try DeferredElements.settle()
        }
        Interrupt.clear()
        #expect(try Self.areSame(waiting, exact))
        do { _ = try DeferredElements.offered { try a.mul(2).add(1) } }
        try DeferredElements.settle()
        #expect(!DeferredElements.areWaiting)
    }
}
