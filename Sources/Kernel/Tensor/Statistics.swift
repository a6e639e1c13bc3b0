/// Range, mean and counts of what is not finite, over all elements or, for large tensors, over a sample of them.
struct Statistics {
    var lowest = Double.infinity, highest = -Double.infinity
    var sum = 0.0
    var nan = 0, infinite = 0
    /// Elements looked at.
    var count = 0

    /// At most so many elements are looked at.
    static let most = 1 << 20
    private static let blocks = 256

    var finite: Int { count - nan - infinite }
    var mean: Double { sum / Double(finite) }

    init(_ tensor: Tensor) throws {
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
        let size = Self.most / Self.blocks
        for block in 0..<Self.blocks { add(start + (total - size) / (Self.blocks - 1) * block, size, 1) }
    }

    private mutating func collectSample<T: Scalar>(
        _ tensor: Tensor, _ start: UnsafePointer<T>, _ strides: [Int]
    ) throws {
        let samples = Self.most / 16
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
        var (low, high, total) = (lowest, highest, 0.0)
        var (nan, infinite) = (0, 0)
        for i in 0..<size {
            let value = start[i * step].asDouble
            if value.isFinite {
                low = value < low ? value : low
                high = value > high ? value : high
                total += value
            } else if value.isNaN {
                nan += 1
            } else {
                infinite += 1
            }
        }
        (lowest, highest) = (low, high)
        sum += total
        count += size
        self.nan += nan
        self.infinite += infinite
    }
}
