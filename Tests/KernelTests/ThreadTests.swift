import Testing

@testable import Kernel

/// What the number of threads may change: the order of sums inside native kernels, and nothing that anybody would notice.
@Suite(.serialized) struct ThreadTests {
    @Test("logits of one and of two threads agree within 1e-6 of the largest", arguments: ["mlp", "cnn", "resnet"])
    func logits(_ kind: String) throws {
        let threads = Workers.count
        defer { Workers.use(threads) }
        let net =
            switch kind {
            case "mlp": try Recipe<Module>.mlp.build([.integers([784, 256, 128, 10]), .null, .null, .int(1)])
            case "cnn": try Recipe<Module>.cnn.build([.table(.init(named: [("seed", .int(1))]))])
            default:
                try Recipe<Module>.resnet.build([
                    .table(.init(named: [("depth", .int(8)), ("channels", .int(1)), ("seed", .int(1))]))
                ])
            }
        let x = try Tensor.uniform([256, 1, 28, 28], key: Key(seed: 3))
        let results = try [1, 2].map { count in
            Workers.use(count)
            return try net.logits(x).array(Double.self)
        }
        let largest = results[0].map(abs).max()!
        let worst = zip(results[0], results[1]).map { abs($0 - $1) }.max()!
        #expect(largest > 0 && worst <= 1e-6 * largest, "off by \(worst) of \(largest)")
    }
}
