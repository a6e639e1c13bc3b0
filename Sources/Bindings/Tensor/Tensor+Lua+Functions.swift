import Kernel

extension LuaClass {
    /// Functions of the elements.
    static func addFunctions(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("functions")
        let table: [(String, String, @Sendable (Tensor) throws -> Tensor)] = [
            ("neg", "Negation.", { try $0.neg() }),
            ("abs", "Absolute value.", { try $0.absolute() }),
            ("sign", "-1, 0 or 1; the gradient is zero.", { try $0.sign() }),
            ("square", "x times x.", { try $0.square() }),
            ("reciprocal", "1 / x.", { try $0.reciprocal() }),
            ("sqrt", "Square root.", { try $0.sqrt() }),
            ("rsqrt", "1 / square root.", { try $0.rsqrt() }),
            ("exp", "e to the power of x.", { try $0.exp() }),
            ("expm1", "exp(x) - 1, exact near 0.", { try $0.expm1() }),
            ("log", "Natural logarithm.", { try $0.log() }),
            ("log1p", "log(1 + x), exact near 0.", { try $0.log1p() }),
            ("sin", "Sine.", { try $0.sin() }),
            ("cos", "Cosine.", { try $0.cos() }),
            ("tan", "Tangent.", { try $0.tan() }),
            ("tanh", "Hyperbolic tangent.", { try $0.tanh() }),
            ("sigmoid", "1 / (1 + exp(-x)).", { try $0.sigmoid() }),
            ("erf", "Error function.", { try $0.erf() }),
            ("floor", "Rounded down; the gradient is zero.", { try $0.floor() }),
            ("ceil", "Rounded up; the gradient is zero.", { try $0.ceil() }),
            (
                "round", "Rounded to the nearest, halves to the even neighbour; the gradient is zero.",
                { try $0.round() }
            ),
            ("trunc", "Rounded towards zero; the gradient is zero.", { try $0.trunc() }),
            ("relu", "max(x, 0); the gradient at 0 is 0.", { try $0.relu() }),
            ("silu", "x times sigmoid(x).", { try $0.silu() }),
            ("softplus", "log(1 + exp(x)).", { try $0.softplus() }),
        ]
        for (name, summary, function) in table { c.method(name, summary) { try function($0) } }
        c.method("leaky_relu", "x, or slope times x below 0.", Parameter("slope", 0.01, "the slope below 0")) {
            try $0.leakyRelu($1)
        }
        c.method(
            "gelu", "x times the normal distribution function of x.", source: "Hendrycks and Gimpel 2016",
            Parameter("approximate", false, "by tanh instead of exactly")
        ) { try $0.gelu(approximate: $1) }
        c.method(
            "clamp", "Bounded below and above; the gradient passes inside the bounds, which are included.",
            example: "x:clamp(0, 1)", Parameter("low", -Double.infinity, "lower bound"),
            Parameter("high", Double.infinity, "upper bound")
        ) { try $0.clamp($1, $2) }
    }

    /// Sums, means and extremes along axes.
    static func addReductions(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("reduction")
        let axes = Parameter("axes", Axes.all, "which axes; all when not given")
        let keep = Parameter("keepdim", false, "keep the axes with size 1")
        c.method("sum", "The sum of the elements along axes.", example: "x:sum(1)", axes, keep) {
            try $0.sum($1.of($0.rank, "Tensor:sum"), keepDims: $2)
        }
        c.method("mean", "The mean of the elements along axes.", axes, keep) {
            try $0.mean($1.of($0.rank, "Tensor:mean"), keepDims: $2)
        }
        c.method("amax", "The largest element along axes; equal ones share the gradient.", axes, keep) {
            try $0.amax($1.of($0.rank, "Tensor:amax"), keepDims: $2)
        }
        c.method("amin", "The smallest element along axes; equal ones share the gradient.", axes, keep) {
            try $0.amin($1.of($0.rank, "Tensor:amin"), keepDims: $2)
        }
        addStatistics(&c, axes, keep)
        let axis = Parameter<Axis?>("axis", nil, "the axis; nil looks at all elements")
        c.method(
            "max", "The largest element of all, or those along an axis with their positions.",
            example: "values, positions = x:max(2)", axis, keep
        ) { x, axis, keep in try extreme(x, axis, keep, largest: true) }
        c.method("min", "The smallest element of all, or those along an axis with their positions.", axis, keep) {
            try extreme($0, $1, $2, largest: false)
        }
        let positions =
            "counted from 1 in row-major order, the first of equal ones. Class labels count from 0: subtract 1, or use net:predict"
        c.method("argmax", "The position of the largest element, \(positions).", axis, keep) { x, axis, keep in
            try x.argmax(axis?.of(x.rank, "Tensor:argmax"), keepDims: keep).fromOne()
        }
        c.method("argmin", "The position of the smallest element, \(positions).", axis, keep) { x, axis, keep in
            try x.argmin(axis?.of(x.rank, "Tensor:argmin"), keepDims: keep).fromOne()
        }
    }

    private static func addStatistics(
        _ c: inout LuaClassBuilder<Tensor>, _ axes: Parameter<Axes>, _ keep: Parameter<Bool>
    ) {
        let correction = Parameter("correction", 1.0, "the divisor is the count minus this")
        c.method("var", "The variance along axes.", axes, correction, keep) {
            try $0.variance($1.of($0.rank, "Tensor:var"), correction: $2, keepDims: $3)
        }
        c.method("std", "The standard deviation along axes.", axes, correction, keep) {
            try $0.std($1.of($0.rank, "Tensor:std"), correction: $2, keepDims: $3)
        }
        c.method("prod", "The product of the elements along axes.", axes, keep) {
            try $0.prod($1.of($0.rank, "Tensor:prod"), keepDims: $2)
        }
        c.method("any", "Whether any element along axes is not zero.", axes, keep) {
            try $0.any($1.of($0.rank, "Tensor:any"), keepDims: $2)
        }
        c.method("all", "Whether no element along axes is zero; true of nothing.", axes, keep) {
            try $0.all($1.of($0.rank, "Tensor:all"), keepDims: $2)
        }
        c.method("count_nonzero", "How many elements along axes are not zero.", axes, keep) {
            try $0.countNonZero($1.of($0.rank, "Tensor:count_nonzero"), keepDims: $2)
        }
        c.method("logsumexp", "The logarithm of the sum of exponentials, exact for large elements.", axes, keep) {
            try $0.logSumExp($1.of($0.rank, "Tensor:logsumexp"), keepDims: $2)
        }
        c.method("cumsum", "Running sums along an axis.", Parameter("axis", Axis(1), "the axis")) {
            try $0.cumsum($1.of($0.rank, "Tensor:cumsum"))
        }
        let order = Parameter("p", 2.0, "the order; math.huge is the largest magnitude")
        c.method("norm", "(sum |x|^p)^(1/p) along axes.", example: "x:norm(math.huge)", order, axes, keep) {
            try $0.norm($1, $2.of($0.rank, "Tensor:norm"), keepDims: $3)
        }
        c.method("norm_per_sample", "The norm of each sample of {N, ...}: {N}.", order) { try $0.normPerSample($1) }
    }

    private static func extreme(_ x: Tensor, _ axis: Axis?, _ keep: Bool, largest: Bool) throws -> Several {
        let name = "Tensor:" + (largest ? "max" : "min")
        guard let axis = try axis?.of(x.rank, name) else {
            return Several(.object(try largest ? x.amax() : x.amin()))
        }
        let place = try largest ? x.argmax(axis, keepDims: true) : x.argmin(axis, keepDims: true)
        let values = try x.gather(axis: axis, place)
        return Several(
            .object(try keep ? values : values.squeeze([axis])),
            .object(try (keep ? place : place.squeeze([axis])).fromOne()))
    }

    /// What classifiers are made of.
    static func addLosses(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("classification")
        let axis = Parameter("axis", Axis(-1), "the axis")
        let labels = Parameter<Tensor>("labels", "the class of each row, 0 to C - 1")
        let reduction = Parameter("reduction", LossReduction.mean, "what becomes of the losses of the rows")
        c.method("softmax", "Exponentials along an axis that add up to 1.", axis) {
            try $0.softmax($1.of($0.rank, "Tensor:softmax"))
        }
        c.method("log_softmax", "The logarithm of softmax, exact for large elements.", axis) {
            try $0.logSoftmax($1.of($0.rank, "Tensor:log_softmax"))
        }
        c.method(
            "cross_entropy", "Softmax cross-entropy of logits {N, C} with labels {N}.",
            example: "net(d.images):cross_entropy(d.labels)",
            labels, Parameter("smoothing", 0.0, "label smoothing, from 0 to 1"), reduction
        ) { try $0.crossEntropy($1, smoothing: $2, reduction: $3) }
        c.method(
            "nll", "The negative log-likelihood of log-probabilities {N, C}.",
            example: "net(d.images):log_softmax():nll(d.labels)", labels, reduction
        ) {
            try $0.nll($1, reduction: $2)
        }
        c.method(
            "mse", "The squared difference.", example: "x:mse(x:zeros_like())",
            Parameter<Tensor>("target", "what is wanted"), reduction
        ) { try $0.mse($1, reduction: $2) }
        c.method("pick", "The logit of each row's label: {N}.", example: "net(d.images):pick(d.labels)", labels) {
            try $0.pick($1)
        }
        c.method(
            "max_except", "The largest logit of each row other than the label's: {N}.",
            example: "net(d.images):max_except(d.labels)", labels
        ) {
            try $0.maxExcept($1)
        }
        c.method(
            "one_hot", "Rows of zeros with a one at each label: float32 {N, classes}.", example: "d.labels:one_hot(10)",
            Parameter<Int>("classes", "how many")
        ) { try $0.oneHot($1) }
    }

    /// Matrix products, convolution and pooling.
    static func addLinear(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("products")
        c.method(
            "matmul", "Matrix product; leading axes are batches and broadcast.",
            example: "x:matmul(tensor.randn(3, 2))",
            Parameter<Tensor>("other", "the right factor")
        ) { try $0.matmul($1) }
        c.method(
            "dot", "The scalar product of two vectors.", example: "tensor{1, 2, 3}:float():dot(tensor.ones(3))",
            Parameter<Tensor>("other", "a vector of this length")
        ) {
            try $0.dot($1)
        }
        c.method(
            "linear", "x times the transposed weight, plus bias.", example: "x:linear(tensor.ones(2, 3))",
            Parameter<Tensor>("weight", "{outputs, inputs}"),
            Parameter<Tensor?>("bias", nil, "{outputs}")
        ) { try $0.linear($1, $2) }
        let kernel = Parameter<Pair>("kernel", "height and width of the window")
        let stride = Parameter<Pair?>("stride", nil, "step of the window; nil is the kernel")
        let padding = Parameter("padding", Pair(0), "border on each side")
        let ceil = Parameter("ceil", false, "windows may reach beyond the border")
        c.method(
            "conv2d", "Convolution (cross-correlation) of images {N, C, H, W}.",
            example: "d.images:conv2d(tensor.randn(8, 1, 3, 3), {padding = 1})",
            Parameter<Tensor>("weight", "{outputs, C / groups, height, width}"),
            Parameter<Tensor?>("bias", nil, "{outputs}"), Parameter("stride", Pair(1), "step of the window"), padding,
            Parameter("dilation", Pair(1), "distance of the window's elements"),
            Parameter("groups", 1, "channels are convolved in so many groups"),
            Parameter(
                "exact", false,
                "whole numbers add up without error below 2^24; otherwise 3 x 3 kernels go Winograd's way where it is "
                    + "faster, some 1e-6 of the largest result beside the exact one")
        ) {
            try $0.conv2d($1, $2, stride: $3.sizes, padding: $4.sizes, dilation: $5.sizes, groups: $6, exact: $7)
        }
        c.method(
            "max_pool2d", "The largest element of each window of images {N, C, H, W}.",
            example: "d.images:max_pool2d(2)", kernel, stride, padding, ceil
        ) {
            try $0.maxPool2d(kernel: $1.sizes, stride: $2?.sizes, padding: $3.sizes, ceil: $4)
        }
        c.method(
            "avg_pool2d", "The mean of each window of images {N, C, H, W}.", example: "d.images:avg_pool2d(2)", kernel,
            stride, padding, ceil,
            Parameter("count_include_pad", true, "zeros of the border count in the mean")
        ) {
            try $0.avgPool2d(
                kernel: $1.sizes, stride: $2?.sizes, padding: $3.sizes, ceil: $4, countIncludePad: $5)
        }
        c.method(
            "global_avg_pool2d", "The mean over height and width: {N, C}.", example: "d.images:global_avg_pool2d()"
        ) { try $0.globalAvgPool2d() }
    }
}

/// A number for both directions, or {height, width}.
struct Pair: ParameterValue {
    let sizes: [Int]
    static let typeName = "integer|integer[]"
    static let takesList = true
    init(_ size: Int) { sizes = [size] }
    init?(_ value: Value) throws {
        if let size = Int(value) {
            sizes = [size]
        } else if let sizes = try [Int](value) {
            self.sizes = sizes
        } else {
            return nil
        }
    }
    var recorded: Value { sizes.count == 1 ? .int(sizes[0]) : .integers(sizes) }
}
