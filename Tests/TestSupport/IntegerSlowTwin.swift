import Kernel

/// An integer model executed by its definition: one number at a time, sums in Int64, no libraries.
public struct IntegerSlowTwin {
    public struct Flow {
        public var shape: [Int]
        /// Codes when there is a grid, otherwise values.
        public var numbers: [Double]
        public var grid: CodeGrid?
    }
    public init() {}

    /// What stands after each layer.
    public func trace(_ layers: [IntegerLayer], _ x: Tensor) throws -> [Flow] {
        var flow = Flow(shape: x.shape, numbers: try x.array(Double.self), grid: nil)
        return layers.map { layer in
            flow = apply(layer.step, flow)
            return flow
        }
    }

    private func apply(_ step: IntegerLayer.Step, _ x: Flow) -> Flow {
        switch step {
        case .quantize(_, let grid):
            return map(x, grid) { clamp((Float($0) / grid.scale).rounded(.toNearestOrEven), grid) }
        case .relu(let grid): return map(x, grid) { max($0, Double(grid.zero)) }
        case .flatten:
            return Flow(shape: [x.shape[0], x.shape[1...].reduce(1, *)], numbers: x.numbers, grid: x.grid)
        case .maxPool(let window):
            return windows(x, window) { values, _ in values.max()! }
        case .sum(let window, let grid, let output):
            let whole = try! Window(kernel: [x.shape[2], x.shape[3]], stride: [1], op: "twin")
            let count = window == nil ? x.shape[2] * x.shape[3] : 1
            let sums = windows(x, window ?? whole) { values, _ in values.reduce(0) { $0 + $1 - Double(grid.zero) } }
            let shape = window == nil ? [x.shape[0], x.shape[1]] : sums.shape
            return finish(Flow(shape: shape, numbers: sums.numbers, grid: nil), output, divisor: count) { _ in 0 }
        case .linear(let weight, let grid, let output): return linear(weight, grid, output, x)
        case .convolve(let weight, let window, let groups, let grid, let output):
            return convolve(weight, window, groups, grid, output, x)
        case .float: preconditionFailure("the slow twin has no float layers")
        }
    }

    private func linear(_ w: IntegerWeight, _ grid: CodeGrid, _ output: IntegerOutput, _ x: Flow) -> Flow {
        let (n, k, m) = (x.shape[0], w.shape[1], w.shape[0])
        var sums: [Double] = []
        for row in 0..<n {
            for o in 0..<m {
                var sum = Int64(w.bias[o])
                for i in 0..<k { sum += (Int64(x.numbers[row * k + i]) - Int64(grid.zero)) * Int64(w.codes[o * k + i]) }
                sums.append(Double(sum))
            }
        }
        return finish(Flow(shape: [n, m], numbers: sums, grid: nil), output) { $0 % m }
    }

    private func convolve(
        _ w: IntegerWeight, _ window: Window, _ groups: Int, _ grid: CodeGrid, _ output: IntegerOutput, _ x: Flow
    ) -> Flow {
        let (n, c, h, v) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
        let (m, k) = (w.shape[0], w.shape[1])
        let oh = (h + 2 * window.padding[0] - window.dilation[0] * (w.shape[2] - 1) - 1) / window.stride[0] + 1
        let ow = (v + 2 * window.padding[1] - window.dilation[1] * (w.shape[3] - 1) - 1) / window.stride[1] + 1
        var sums: [Double] = []
        for image in 0..<n {
            for o in 0..<m {
                for y in 0..<oh {
                    for z in 0..<ow {
                        var sum = Int64(w.bias[o])
                        for i in 0..<k {
                            for a in 0..<w.shape[2] {
                                for b in 0..<w.shape[3] {
                                    let row = y * window.stride[0] - window.padding[0] + a * window.dilation[0]
                                    let column = z * window.stride[1] - window.padding[1] + b * window.dilation[1]
                                    guard row >= 0, row < h, column >= 0, column < v else { continue }
                                    let channel = o / (m / groups) * k + i
                                    let code = Int64(x.numbers[((image * c + channel) * h + row) * v + column])
                                    let weight = Int64(w.codes[((o * k + i) * w.shape[2] + a) * w.shape[3] + b])
                                    sum += (code - Int64(grid.zero)) * weight
                                }
                            }
                        }
                        sums.append(Double(sum))
                    }
                }
            }
        }
        return finish(Flow(shape: [n, m, oh, ow], numbers: sums, grid: nil), output) { $0 / (oh * ow) % m }
    }

    private func windows(_ x: Flow, _ window: Window, _ f: ([Double], Int) -> Double) -> Flow {
        let (h, v) = (x.shape[2], x.shape[3])
        let oh = (h + 2 * window.padding[0] - window.kernel[0]) / window.stride[0] + 1
        let ow = (v + 2 * window.padding[1] - window.kernel[1]) / window.stride[1] + 1
        var result: [Double] = []
        for plane in 0..<x.shape[0] * x.shape[1] {
            for y in 0..<oh {
                for z in 0..<ow {
                    var values: [Double] = []
                    for a in 0..<window.kernel[0] {
                        for b in 0..<window.kernel[1] {
                            let row = y * window.stride[0] - window.padding[0] + a
                            let column = z * window.stride[1] - window.padding[1] + b
                            guard row >= 0, row < h, column >= 0, column < v else { continue }
                            values.append(x.numbers[(plane * h + row) * v + column])
                        }
                    }
                    result.append(f(values, plane))
                }
            }
        }
        return Flow(shape: [x.shape[0], x.shape[1], oh, ow], numbers: result, grid: x.grid)
    }

    private func finish(_ sums: Flow, _ output: IntegerOutput, divisor: Int = 1, channel: (Int) -> Int) -> Flow {
        let (all, grid): ([Float], CodeGrid?) =
            switch output {
            case .codes(let m, let grid): (m, grid)
            case .values(let m): (m, nil)
            }
        let numbers = sums.numbers.enumerated().map { index, sum in
            let m = all[all.count == 1 ? 0 : channel(index)] / Float(divisor)
            let scaled = Float(sum) * m
            return grid.map { clamp(scaled.rounded(.toNearestOrEven), $0) } ?? Double(scaled)
        }
        return Flow(shape: sums.shape, numbers: numbers, grid: grid)
    }

    private func map(_ x: Flow, _ grid: CodeGrid, _ f: (Double) -> Double) -> Flow {
        Flow(shape: x.shape, numbers: x.numbers.map(f), grid: grid)
    }
    private func clamp(_ rounded: Float, _ grid: CodeGrid) -> Double {
        min(max(Double(rounded) + Double(grid.zero), Double(grid.low)), Double(grid.high))
    }
}
