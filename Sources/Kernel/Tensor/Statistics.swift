/// Range, mean, deviation and counts of what is not finite, over all elements or, for large tensors, over a sample.
///
/// Sums are taken of differences from the first finite element, so that the deviation of numbers around 10^6 has digits.
struct Statistics {
    var lowest = Double.infinity, highest = -Double.infinity
    private var shift: Double?
    private var total = 0.0, squares = 0.0
    var nan = 0, infinite = 0
    /// Elements looked at.
    var count = 0
    /// Elements at or beyond limits, where such are given.
    private(set) var extreme = 0
    private let limits: (low: Double, high: Double)?

    /// Tensors of at most so many elements are looked at whole.
    static let most = 1 << 20
    /// Elements of a sample.
    static let sample = 1 << 16
    private static let blocks = 256

    var finite: Int { count - nan - infinite }
    var sum: Double { (shift ?? 0) * Double(finite) + total }
    var mean: Double { (shift ?? 0) + total / Double(finite) }
    /// The square root of the unbiased variance, as `std` computes it; nan for fewer than two numbers.
    var deviation: Double {
        guard finite > 1 else { return .nan }
        return (max(0, squares - total * total / Double(finite)) / Double(finite - 1)).squareRoot()
    }

    init(_ tensor: Tensor, limits: (low: Double, high: Double)? = nil) throws {
        self.limits = limits
        switch tensor.dtype {
        case .float32: try collect(tensor, Float.self)
        case .float64: try collect(tensor, Double.self)
        case .int32: try collect(tensor, Int32.self)
        case .int64: try collect(tensor, Int64.self)
        case .uint8: try collect(tensor, UInt8.self)
        case .int8: try collect(tensor, Int8.self)
        case .bool: try collect(tensor, Bool.self)
        }
    }

    private mutating func collect<T: Scalar>(_ tensor: Tensor, _: T.Type) throws {
        let (storage, offset, strides) = try tensor.strided()
        try withExtendedLifetime(storage) {
            let start = UnsafePointer(storage.base.assumingMemoryBound(to: T.self)) + offset
            if tensor.isContiguous { return collectBlocks(start, tensor.count) }
            if tensor.count > Self.most { return try collectSample(tensor, start, strides) }
            let walk = StridedWalk(tensor.shape, strides, strides)
            let size = walk.sizes.last ?? 1, step = walk.a.last ?? 1
            walk.rows { row, _ in add(start + row, size, step) }
        }
    }

    /// Whole runs, because neighbours share cache lines: reading single elements far apart costs a miss each.
    private mutating func collectBlocks<T: Scalar>(_ start: UnsafePointer<T>, _ total: Int) {
        if total <= Self.most { return add(start, total, 1) }
        let size = Self.sample / Self.blocks
        for block in 0..<Self.blocks { add(start + (total - size) / (Self.blocks - 1) * block, size, 1) }
    }

    private mutating func collectSample<T: Scalar>(
        _ tensor: Tensor, _ start: UnsafePointer<T>, _ strides: [Int]
    ) throws {
        let samples = Self.sample
        for sample in 0..<samples {
            var rest = tensor.count / samples * sample, place = 0
            for axis in tensor.shape.indices.reversed() {
                place += rest % tensor.shape[axis] * strides[axis]
                rest /= tensor.shape[axis]
            }
            add(start + place, 1, 1)
        }
    }

    private mutating func add<T: Scalar>(_ start: UnsafePointer<T>, _ size: Int, _ step: Int) {
        if shift == nil { shift = (0..<size).lazy.map { start[$0 * step].asDouble }.first(where: \.isFinite) }
        let shift = shift ?? 0
        var (low, high, total, squares) = (lowest, highest, 0.0, 0.0)
        var (nan, infinite) = (0, 0)
        for i in 0..<size {
            let value = start[i * step].asDouble
            if value.isFinite {
                low = value < low ? value : low
                high = value > high ? value : high
                let difference = value - shift
                total += difference
                squares += difference * difference
            } else if value.isNaN {
                nan += 1
            } else {
                infinite += 1
            }
        }
        if let limits {
            for i in 0..<size where start[i * step].asDouble <= limits.low || start[i * step].asDouble >= limits.high {
                extreme += 1
            }
        }
        (lowest, highest) = (low, high)
        self.total += total
        self.squares += squares
        count += size
        self.nan += nan
        self.infinite += infinite
    }
}
