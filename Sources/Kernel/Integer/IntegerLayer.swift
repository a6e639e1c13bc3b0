/// The codes that values are held in between integer layers: value = (code - zero) * scale.
public struct CodeGrid: Equatable, Sendable {
    public let scale: Float
    public let zero: Int
    /// The smallest and the largest code: 0 and 255, or -128 and 127.
    public let low: Int
    public let high: Int
    var isSigned: Bool { low < 0 }
    var dtype: DType { isSigned ? .int8 : .uint8 }
}

/// The weight of a layer in whole numbers, with the bias at the scale of the sums.
public struct IntegerWeight: Sendable {
    /// Codes minus their zero point, int16, in the layer's own shape; twice that for grids without a zero level.
    public let codes: [Int16]
    public let shape: [Int]
    /// The value of 1 in `codes`, per output.
    public let scales: [Float]
    /// round(bias / (input scale * weight scale)), half to even.
    public let bias: [Int32]
    /// The largest possible size of a sum, over all inputs.
    public let bound: Int
    /// The codes as int8 for the native kernels; nil when they do not fit.
    let bytes: Tensor?
    /// The bias as a tensor.
    let biasTensor: Tensor
    /// Codes and bias in float32, for the twin.
    let float: Tensor, floatBias: Tensor
    var outputs: Int { shape[0] }

    init(codes: [Int16], shape: [Int], scales: [Float], bias: [Int32], bound: Int) throws {
        (self.codes, self.shape, self.scales, self.bias, self.bound) = (codes, shape, scales, bias, bound)
        let fits = codes.allSatisfy { Int8(exactly: $0) != nil }
        let length = shape.dropFirst().reduce(1, *)
        bytes = fits && length <= IntegerKernels.longestSum ? try Tensor(codes.map { Int8($0) }, shape) : nil
        biasTensor = try Tensor(bias)
        (float, floatBias) = (try Tensor(codes.map { Float($0) }, shape), try Tensor(bias.map { Float($0) }))
    }
}

/// What becomes of the sums of a layer.
public enum IntegerOutput: Sendable {
    /// code = clamp(rint(Float(sum) * multiplier) + zero), half to even, in float32: ONNX QLinearConv and QLinearMatMul.
    /// One multiplier, or one per output: input scale * weight scale / output scale.
    case codes([Float], CodeGrid)
    /// value = Float(sum) * scale.
    case values([Float])

    var multipliers: [Float] {
        switch self {
        case .codes(let multipliers, _): multipliers
        case .values(let scales): scales
        }
    }
}

/// One step of an integer model.
public struct IntegerLayer: Sendable {
    public let path: String
    public let step: Step

    public enum Step: Sendable {
        /// Float to codes: clamp(rint(x / scale) + zero).
        case quantize(FittedQuantizer, CodeGrid)
        /// x [N, in] -> [N, out].
        case linear(IntegerWeight, CodeGrid, IntegerOutput)
        /// x [N, C, H, W] -> [N, out, oh, ow].
        case convolve(IntegerWeight, Window, groups: Int, CodeGrid, IntegerOutput)
        /// Sums over windows (nil: over the whole image, which becomes [N, C]); borders count as zeros.
        case sum(Window?, CodeGrid, IntegerOutput)
        /// max(code, zero point).
        case relu(CodeGrid)
        case maxPool(Window)
        case flatten
        /// A layer that stays in float.
        case float(Module)
    }

    /// `conv2d: 8-bit codes x 8-bit weights -> codes`.
    public var text: String {
        switch step {
        case .quantize(_, let grid): "quantize to \(grid.text)"
        case .linear(let weight, _, let output): "linear \(shapeText(weight.shape)) -> \(output.text)"
        case .convolve(let weight, _, _, _, let output): "conv2d \(shapeText(weight.shape)) -> \(output.text)"
        case .sum(let window, _, let output): (window == nil ? "global_avg_pool" : "avg_pool") + " -> \(output.text)"
        case .relu: "relu"
        case .maxPool: "max_pool"
        case .flatten: "flatten"
        case .float(let module): "\(module.kind.name) in float"
        }
    }
}

extension CodeGrid {
    var text: String { "\(dtype.name) codes \(low)...\(high), scale \(scale), zero point \(zero)" }
}
extension IntegerOutput {
    var text: String {
        switch self {
        case .codes(_, let grid): grid.text
        case .values: "float"
        }
    }
}
