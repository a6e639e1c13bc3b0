import TestSupport
import Testing

@testable import Kernel

@Suite struct InPlaceTests {
    private func near(_ a: Tensor, _ b: Tensor, _ tolerance: Double = 2e-6) throws -> Bool {
        zip(try a.array(Double.self), try b.array(Double.self)).allSatisfy { abs($0 - $1) <= tolerance }
    }
    private func start(_ size: Int, _ type: DType) throws -> Tensor {
        try Tensor.normal([size], key: Key(seed: 1)).converted(to: type).copied()
    }
    private func gradient(_ size: Int, _ step: Int, _ type: DType) throws -> Tensor {
        try Tensor.normal([size], key: Key(seed: 10 + step)).converted(to: type)
    }

    @Test(
        "descent steps in float32 follow the steps in Double",
        arguments: [
            SGDStep(rate: 0.1), SGDStep(rate: 0.1, momentum: 0.9, weightDecay: 0.01),
            SGDStep(rate: 0.1, momentum: 0.9, nesterov: true),
        ])
    func sgd(_ sgd: SGDStep) throws {
        for size in [0, 1, 17, 1000] {
            let ends = try [DType.float32, .float64].map { type in
                let p = try start(size, type), v = sgd.momentum == 0 ? nil : try Tensor.zeros([size], type)
                for step in 0..<3 { try sgd.apply(p, gradient: gradient(size, step, type), velocity: v) }
                return p
            }
            #expect(try near(ends[0], ends[1]))
        }
    }

    @Test(
        "adam and adamw in float32 follow the steps in Double",
        arguments: [
            AdamStep(), AdamStep(rate: 0.1, weightDecay: 0.1), AdamStep(rate: 0.1, weightDecay: 0.1, decoupled: true),
        ])
    func adam(_ adam: AdamStep) throws {
        for size in [1, 17, 1000] {
            let ends = try [DType.float32, .float64].map { type in
                let p = try start(size, type)
                let m = try Tensor.zeros([size], type), v = try Tensor.zeros([size], type)
                for step in 1...3 {
                    try adam.apply(p, gradient: gradient(size, step, type), mean: m, square: v, step: step)
                }
                return p
            }
            #expect(try near(ends[0], ends[1], 1e-5))
        }
    }

    @Test("clamping in place keeps what lies inside and nan, in both types")
    func clamping() throws {
        for type in [DType.float32, .float64] {
            let values = (0..<19).map { Double($0) - 9 } + [.nan, .infinity, -.infinity]
            let y = try Tensor(values).converted(to: type).copied()
            try y.clamp(to: -2, 3)
            let expected = values.map { $0.isNaN ? $0 : min(max($0, -2), 3) }
            for (a, b) in zip(try y.array(Double.self), expected) { #expect(a == b || a.isNaN && b.isNaN) }
        }
    }

    @Test("two steps by hand: momentum, Nesterov, Adam's first step of one rate, AdamW's shrinking")
    func worked() throws {
        func run(_ sgd: SGDStep) throws -> [Double] {
            let p = try Tensor([1.0]), v = try Tensor([0.0])
            return try (0..<2).map { _ in
                try sgd.apply(p, gradient: Tensor([1.0]), velocity: v)
                return try p.array(Double.self)[0]
            }
        }
        // v = 1, then 0.5 + 1 = 1.5.
        #expect(try run(SGDStep(rate: 0.5, momentum: 0.5)) == [0.5, -0.25])
        // 1 + 0.5 * 1 = 1.5, then 1 + 0.5 * 1.5 = 1.75.
        #expect(try run(SGDStep(rate: 0.5, momentum: 0.5, nesterov: true)) == [0.25, -0.625])
        let p = try Tensor([1.0])
        try AdamStep(rate: 0.1, weightDecay: 0.5, decoupled: true)
            .apply(p, gradient: Tensor([3.0]), mean: .zeros([1], .float64), square: .zeros([1], .float64), step: 1)
        #expect(abs(try p.array(Double.self)[0] - 0.85) < 1e-9)
    }

    @Test("sums, scales and averages in place raise the version; misfits are errors")
    func basics() throws {
        for type in [DType.float32, .float64] {
            let y = try Tensor([1.0, 2]).converted(to: type).copied(), x = try Tensor([10.0, 20]).converted(to: type)
            let version = try y.strided().storage.version
            try y.accumulate(x, times: 0.5)
            try y.scale(by: 2)
            try y.average(x, decay: 0.5)
            #expect(try y.array(Double.self) == [11, 22])
            #expect(try y.strided().storage.version == version + 3)
            try y.assign(3)
            #expect(try y.array(Double.self) == [3, 3])
        }
        let y = try Tensor.zeros([2, 2])
        #expect(throws: KernelError.shape(op: "accumulate", shapes: [[2, 2], [4]], reason: "one shape expected")) {
            try y.accumulate(.zeros([4]))
        }
        #expect(
            throws: KernelError.dtype(
                op: "accumulate", got: [.float32, .float64], expected: "one type, float32 or float64,")
        ) { try y.accumulate(.zeros([2, 2], .float64)) }
        let turned = try y.view([2, 2], strides: [1, 2], offset: 0)
        #expect(
            throws: KernelError.state(
                op: "scale", reason: "a view with gaps cannot be updated in place; copy it first")
        ) { try turned.scale(by: 2) }
    }
}
