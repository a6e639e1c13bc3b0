import Testing

@testable import Kernel

@Suite struct LayerTests {
    @Test("presets have the parameter counts of their papers and of the usual PyTorch versions")
    func parameterCounts() throws {
        #expect(
            try Recipe<Module>.mlp.build([.integers([784, 100, 10])]).parameterCount == 784 * 100 + 100 + 1000 + 10)
    }

    @Test("initial weights have the bounds and deviations that their names promise")
    func initialization() throws {
        let key = Key(seed: 3), shape = [100, 784]
        func range(_ name: Initialization) throws -> Double {
            try name.weight(shape, key).array(Double.self).map(abs).max()!
        }
        func deviation(_ name: Initialization) throws -> Double {
            let values = try name.weight(shape, key).array(Double.self)
            return (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
        }
        for (name, bound) in [
            (Initialization.fanIn, 1 / 28.0), (.xavierUniform, (6.0 / 884).squareRoot()),
            (.kaimingUniform, (6.0 / 784).squareRoot()),
        ] {
            let largest = try range(name)
            #expect(largest <= bound * 1.000001 && largest > 0.999 * bound, "\(name)")
        }
        #expect(abs(try deviation(.xavierNormal) / (2.0 / 884).squareRoot() - 1) < 0.01)
        #expect(abs(try deviation(.kaimingNormal) / (2.0 / 784).squareRoot() - 1) < 0.01)
        #expect(try range(.zeros) == 0)
    }

    @Test("a convolution's fan counts its window")
    func fanOfConvolution() throws {
        let weight = try Initialization.fanIn.weight([8, 4, 3, 3], Key(seed: 1)).array(Double.self)
        #expect(weight.map(abs).max()! <= 1 / 6.0)
    }

    @Test("the same seed gives the same weights, layer by layer different ones")
    func seeds() throws {
        let a = try Recipe<Module>.mlp.build([.integers([6, 6, 6]), .null, .null, .int(5)])
        let b = try Recipe<Module>.mlp.build([.integers([6, 6, 6]), .null, .null, .int(5)])
        for (x, y) in zip(a.namedParameters, b.namedParameters) {
            #expect(try x.tensor.array(Float.self) == y.tensor.array(Float.self))
        }
        let first = try a.namedParameters[0].tensor.array(Float.self),
            second = try a.namedParameters[2].tensor.array(Float.self)
        #expect(first != second)
    }

    @Test("dropout zeroes a share p in training, keeps the mean, and does nothing in evaluation")
    func dropout() throws {
        let layer = try Recipe<Module>.dropout.build([.number(0.25)])
        let x = try Tensor.ones([100_000])
        #expect(try layer.forward(x, .evaluation) === x)
        let y = try layer.forward(x, .training(Key(seed: 1))).array(Double.self)
        let zeros = Double(y.count { $0 == 0 }) / 100_000
        #expect(abs(zeros - 0.25) < 0.005)
        #expect(Set(y).count == 2 && abs(y.max()! - 4.0 / 3) < 1e-6)
    }

    @Test("normalize subtracts the mean and divides by the deviation of each channel")
    func normalize() throws {
        let layer = try Recipe<Module>.normalize.build([
            .list([.number(0.5), .number(0.25)]), .list([.number(0.5), .number(2)]),
        ])
        let x = try Tensor([Float](arrayLiteral: 1, 0.5, 0.25, 2.25), [1, 2, 1, 2])
        #expect(try layer.forward(x, .evaluation).array(Float.self) == [1, 0, 0, 1])
    }

    @Test("a summary lists layers, output shapes and parameters")
    func summary() throws {
        let net = try Recipe<Module>.mlp.build([.integers([784, 100, 10])])
        #expect(
            try net.summary(input: [1, 28, 28]) == """
                layer  kind              output    macs  parameters
                1      flatten           [784]                    0
                2      linear(784, 100)  [100]   78,400      78,500
                3      relu              [100]                    0
                4      linear(100, 10)   [10]     1,000       1,010
                79,510 parameters, 310.6 KiB, 79,400 multiplications per example
                """)
    }

    @Test("a convolution and the relu behind it are one pass with the same result and gradients")
    func fusedRelu() throws {
        let conv = try Recipe<Module>.conv2d.build([.int(3), .int(20), .int(3)])
        let relu = try Recipe<Module>.relu.build(), both = try Module.sequential([conv, relu])
        let x = try Tensor.normal([2, 3, 6, 6], key: Key(seed: 1)).requireGrad()
        let y = try both.forward(x, .evaluation)
        let z = try relu.forward(conv.forward(x, .evaluation), .evaluation)
        let g = try Tensor.normal(y.shape, key: Key(seed: 2))
        let dy = try Autograd.gradients(of: y, wrt: [x], seed: g)[0]!
        let dz = try Autograd.gradients(of: z, wrt: [x], seed: g)[0]!
        #expect(try y.detached().array(Float.self) == z.detached().array(Float.self))
        #expect(try dy.array(Float.self) == dz.array(Float.self))
    }

    @Test("a window's size may stand first in a table of options")
    func windowSizes() throws {
        let options = Value.table(.init(list: [.int(2)], named: [("stride", .int(1))]))
        let x = try Tensor.ones([1, 1, 4, 4])
        #expect(try Recipe<Module>.maxPool.build([options]).forward(x, .evaluation).shape == [1, 1, 3, 3])
        #expect(try Recipe<Module>.maxPool.build([.integers([2, 4])]).forward(x, .evaluation).shape == [1, 1, 2, 1])
    }

    @Test("a copy shares nothing with the original")
    func copies() throws {
        let net = try Recipe<Module>.linear.build([.int(2), .int(2), .null, .null, .int(1)])
        let copy = try net.copied()
        try net[parameter: "weight"]!.write(Float.self) { $0[0] = 42 }
        #expect(try copy[parameter: "weight"]!.array(Float.self)[0] != 42)
    }
}
