// Elementwise functions, reductions and losses as methods; each records itself when a gradient is wanted.

extension Tensor {
    // MARK: Elementwise

    public func neg() throws -> Tensor { try Primitive.neg(self) }
    /// |x|. (Not called `abs`, as that would hide the function for numbers inside the type.)
    public func absolute() throws -> Tensor { try UnaryOp.abs(self) }
    /// -1, 0 or 1; nan stays nan. The gradient is zero.
    public func sign() throws -> Tensor { try UnaryOp.sign(self) }
    public func square() throws -> Tensor { try UnaryOp.square(self) }
    public func reciprocal() throws -> Tensor { try UnaryOp.reciprocal(self) }
    public func sqrt() throws -> Tensor { try UnaryOp.sqrt(self) }
    public func rsqrt() throws -> Tensor { try UnaryOp.rsqrt(self) }
    public func exp() throws -> Tensor { try UnaryOp.exp(self) }
    public func expm1() throws -> Tensor { try UnaryOp.expm1(self) }
    public func log() throws -> Tensor { try UnaryOp.log(self) }
    public func log1p() throws -> Tensor { try UnaryOp.log1p(self) }
    public func sin() throws -> Tensor { try UnaryOp.sin(self) }
    public func cos() throws -> Tensor { try UnaryOp.cos(self) }
    public func tan() throws -> Tensor { try UnaryOp.tan(self) }
    public func tanh() throws -> Tensor { try UnaryOp.tanh(self) }
    public func sigmoid() throws -> Tensor { try UnaryOp.sigmoid(self) }
    public func erf() throws -> Tensor { try UnaryOp.erf(self) }
    public func floor() throws -> Tensor { try UnaryOp.floor(self) }
    public func ceil() throws -> Tensor { try UnaryOp.ceil(self) }
    /// Halves go to the even neighbour. The gradient is zero, as for every rounding here.
    public func round() throws -> Tensor { try UnaryOp.round(self) }
    public func trunc() throws -> Tensor { try UnaryOp.trunc(self) }
    /// max(x, 0); the gradient at 0 is 0.
    public func relu() throws -> Tensor { try UnaryOp.relu(self) }
    public func leakyRelu(_ slope: Double = 0.01) throws -> Tensor { try UnaryOp.leakyRelu(slope)(self) }
    /// x Phi(x), exactly or by the tanh approximation.
    public func gelu(approximate: Bool = false) throws -> Tensor {
        try (approximate ? UnaryOp.geluTanh : UnaryOp.gelu)(self)
    }
    public func silu() throws -> Tensor { try UnaryOp.silu(self) }
    public func softplus() throws -> Tensor { try UnaryOp.softplus(self) }
    /// Bounded below by `low` and above by `high`; the gradient passes inside the bounds, the bounds included.
    public func clamp(_ low: Double = -.infinity, _ high: Double = .infinity) throws -> Tensor {
        guard low <= high else {
            throw KernelError.value(
                op: "clamp", name: "high", expected: "at least low = \(numberText(low))", got: numberText(high))
        }
        return try UnaryOp.clamp(low, high)(self)
    }

    // MARK: Reductions; no axes mean all of them

    public func sum(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try Primitive.sum(axes, keepDims: keepDims)(self)
    }
    public func mean(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try Primitive.mean(axes, keepDims: keepDims)(self)
    }
    /// The largest element; equal ones share the gradient evenly.
    /// - Throws: `KernelError.shape` when there is nothing to choose from.
    public func amax(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try Primitive.amax(axes, keepDims: keepDims)(self)
    }
    public func amin(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try Primitive.amin(axes, keepDims: keepDims)(self)
    }
    /// The 0-based index of the largest element along an axis (nil: of all), the first of equal ones, int64; nan wins.
    public func argmax(_ axis: Int? = nil, keepDims: Bool = false) throws -> Tensor {
        try extremeIndex(.max, axis, keepDims: keepDims)
    }
    public func argmin(_ axis: Int? = nil, keepDims: Bool = false) throws -> Tensor {
        try extremeIndex(.min, axis, keepDims: keepDims)
    }

    /// The variance, divided by count - correction; 1 is PyTorch's default. Integers become float32.
    public func variance(_ axes: [Int] = [], correction: Double = 1, keepDims: Bool = false) throws -> Tensor {
        try Primitive.variance(axes, correction: correction, keepDims: keepDims)(asFloat())
    }
    public func std(_ axes: [Int] = [], correction: Double = 1, keepDims: Bool = false) throws -> Tensor {
        try variance(axes, correction: correction, keepDims: keepDims).sqrt()
    }
    public func prod(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try Primitive.prod(axes, keepDims: keepDims)(self)
    }
    /// Whether any element is not zero.
    public func any(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try nonZeroCount(axes, keepDims: keepDims).gt(0)
    }
    /// Whether no element is zero; true of nothing.
    public func all(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try eq(0).nonZeroCount(axes, keepDims: keepDims).eq(0)
    }
    public func countNonZero(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try nonZeroCount(axes, keepDims: keepDims)
    }
    public func cumsum(_ axis: Int) throws -> Tensor { try Primitive.cumsum(axis)(self) }
    public func logSumExp(_ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        try Primitive.logSumExp(axes, keepDims: keepDims)(asFloat())
    }
    /// (sum |x|^p)^(1/p); infinity is the largest magnitude and 0 the number of elements that are not zero.
    /// - Throws: `KernelError.value` for a negative p and for nan.
    public func norm(_ p: Double = 2, _ axes: [Int] = [], keepDims: Bool = false) throws -> Tensor {
        guard p >= 0 else {
            throw KernelError.value(op: "norm", name: "p", expected: "number >= 0", got: numberText(p))
        }
        return try Primitive.norm(p, axes, keepDims: keepDims)(asFloat())
    }
    /// The norm of each sample of [N, ...], over all other axes: [N].
    public func normPerSample(_ p: Double = 2) throws -> Tensor {
        rank < 2 ? try absolute() : try norm(p, Array(1..<rank))
    }
    /// The scalar product of two vectors of one length.
    public func dot(_ other: Tensor) throws -> Tensor {
        guard rank == 1, other.shape == shape else {
            throw KernelError.shape(
                op: "dot", shapes: [shape, other.shape], reason: "two vectors of one length expected")
        }
        return try mul(.tensor(other)).sum()
    }
    private func asFloat() throws -> Tensor { dtype.isFloat ? self : try converted(to: .float32) }

    // MARK: Softmax and losses; labels are 0 ..< C

    public func softmax(_ axis: Int = -1) throws -> Tensor { try Primitive.softmax(axis)(self) }
    public func logSoftmax(_ axis: Int = -1) throws -> Tensor { try Primitive.logSoftmax(axis)(self) }
    /// Softmax cross-entropy of these logits [N, C].
    /// - Throws: `KernelError.value` for labels outside 0 ..< C and smoothing outside 0 ... 1.
    public func crossEntropy(_ labels: Tensor, smoothing: Double = 0, reduction: LossReduction = .mean) throws
        -> Tensor
    {
        guard smoothing >= 0, smoothing <= 1 else {
            throw KernelError.value(
                op: "cross_entropy", name: "smoothing", expected: "number from 0 to 1", got: numberText(smoothing))
        }
        return try Primitive.crossEntropy(smoothing: smoothing, reduction: reduction)(self, labels)
    }
    /// The negative log-likelihood of these log-probabilities [N, C].
    public func nll(_ labels: Tensor, reduction: LossReduction = .mean) throws -> Tensor {
        try pick(labels).neg().reduced(reduction)
    }
    /// The squared difference, over all elements.
    public func mse(_ target: Tensor, reduction: LossReduction = .mean) throws -> Tensor {
        try sub(.tensor(target)).square().reduced(reduction)
    }
    private func reduced(_ reduction: LossReduction) throws -> Tensor {
        switch reduction {
        case .mean: try mean()
        case .sum: try sum()
        case .none: self
        }
    }
    /// The logit of each row's label, [N].
    public func pick(_ labels: Tensor) throws -> Tensor { try Primitive.pick(self, labels) }
    /// The largest logit of each row other than the label's, [N].
    public func maxExcept(_ labels: Tensor) throws -> Tensor { try Primitive.maxExcept(self, labels) }
    /// Rows of zeros with a one at each label of these [N]: float32 [N, classes].
    public func oneHot(_ classes: Int) throws -> Tensor {
        _ = try Shape.count([count, classes], "one_hot")
        let labels = try Labels(self, for: TensorType([count, classes], .float32), "one_hot")
        return try Tensor.ones([count]).scattered(labels.tensor, [count, classes])
    }
}
