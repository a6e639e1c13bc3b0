// Moving elements between layouts and types, one strided loop for all of it.

extension Tensor {
    /// Copies another tensor of the same shape and type into this one (strided on both sides), in place.
    func fill(from source: Tensor) throws {
        precondition(source.shape == shape && source.dtype == dtype, "fill \(type) from \(source.type)")
        let (to, toOffset, toStrides) = try strided()
        let (from, fromOffset, fromStrides) = try source.strided()
        to.wasWritten()
        let walk = StridedWalk(shape, toStrides, fromStrides)
        let size = dtype.size
        try withExtendedLifetime((to, from)) {
            let target = to.base + toOffset * size, origin = UnsafeRawPointer(from.base + fromOffset * size)
            switch size {
            case 1:
                try walk.copy(target.assumingMemoryBound(to: UInt8.self), origin.assumingMemoryBound(to: UInt8.self))
            case 4:
                try walk.copy(target.assumingMemoryBound(to: UInt32.self), origin.assumingMemoryBound(to: UInt32.self))
            default:
                try walk.copy(target.assumingMemoryBound(to: UInt64.self), origin.assumingMemoryBound(to: UInt64.self))
            }
        }
    }

    /// The elements converted to another type (truncating, saturating; nan becomes 0 in integers). No gradient passes.
    public func converted(to target: DType) throws -> Tensor {
        if target == dtype { return self }
        // A switch, not `dtype.scalar`: each case is compiled for its type, which is 100 times faster.
        switch dtype {
        case .float32: return try converted(from: Float.self, to: target)
        case .float64: return try converted(from: Double.self, to: target)
        case .int32: return try converted(from: Int32.self, to: target)
        case .int64: return try converted(from: Int64.self, to: target)
        case .uint8: return try converted(from: UInt8.self, to: target)
        case .int8: return try converted(from: Int8.self, to: target)
        case .bool: return try converted(from: Bool.self, to: target)
        }
    }

    private func converted<T: Scalar>(from _: T.Type, to target: DType) throws -> Tensor {
        let result = try Tensor(empty: shape, target)
        try read(T.self) { x in
            switch target {
            case .float32: try result.write(Float.self) { try convert(x, $0) }
            case .float64: try result.write(Double.self) { try convert(x, $0) }
            case .int32: try result.write(Int32.self) { try convert(x, $0) }
            case .int64: try result.write(Int64.self) { try convert(x, $0) }
            case .uint8: try result.write(UInt8.self) { try convert(x, $0) }
            case .int8: try result.write(Int8.self) { try convert(x, $0) }
            case .bool: try result.write(Bool.self) { try convert(x, $0) }
            }
        }
        return result
    }

    /// The elements in row-major order, converted.
    public func array<T: Scalar>(_: T.Type) throws -> [T] {
        try converted(to: T.dtype).read(T.self) { Array($0) }
    }
}

private func convert<T: Scalar, U: Scalar>(_ x: UnsafeBufferPointer<T>, _ y: UnsafeMutableBufferPointer<U>) throws {
    try inPieces(x.count) { piece in for i in piece { y[i] = convert(x[i], to: U.self) } }
}

/// Calls the body for runs that together cover 0 ..< count, polling Ctrl-C between them (so that small operations can
/// still put together what an interrupted computation has).
@inline(__always) func inPieces(_ count: Int, of size: Int = 1 << 16, _ body: (Range<Int>) throws -> Void) throws {
    for first in stride(from: 0, to: count, by: size) {
        if first > 0 { try Interrupt.check() }
        try body(first..<min(first + size, count))
    }
}

/// An array made element by element in pieces: Ctrl-C is heard while fresh memory, which is slow, is filled.
@inline(__always) func arrayInPieces<T>(_ count: Int, _ element: (Int) -> T) throws -> [T] {
    try [T](unsafeUninitializedCapacity: count) { out, made in
        try inPieces(count) { piece in
            for i in piece { (out.baseAddress! + i).initialize(to: element(i)) }
            made = piece.upperBound
        }
    }
}

/// Through Double, which holds every value but large int64 ones; those go between integers directly.
@inline(__always) private func convert<T: Scalar, U: Scalar>(_ value: T, to _: U.Type) -> U {
    if let value = value as? Int64 {
        if U.self == Int32.self { return Int32(clamping: value) as! U }
        if U.self == UInt8.self { return UInt8(clamping: value) as! U }
        if U.self == Int8.self { return Int8(clamping: value) as! U }
    }
    return U(converting: value.asDouble)
}

/// A walk over two strided layouts of one shape, innermost axis last, neighbouring axes merged where both allow it.
struct StridedWalk {
    private(set) var sizes: [Int] = []
    private(set) var a: [Int] = []
    private(set) var b: [Int] = []
    private let isEmpty: Bool

    init(_ shape: [Int], _ aStrides: [Int], _ bStrides: [Int]) {
        isEmpty = shape.contains(0)
        for axis in shape.indices where shape[axis] != 1 {
            let size = shape[axis]
            if let last = sizes.indices.last, a[last] == aStrides[axis] * size, b[last] == bStrides[axis] * size {
                sizes[last] *= size
                (a[last], b[last]) = (aStrides[axis], bStrides[axis])
            } else {
                sizes.append(size)
                a.append(aStrides[axis])
                b.append(bStrides[axis])
            }
        }
    }

    /// Calls `row(aOffset, bOffset)` for every innermost row.
    func rows(_ row: (_ a: Int, _ b: Int) throws -> Void) rethrows {
        if isEmpty { return }
        guard sizes.count > 1 else { return try row(0, 0) }
        var index = [Int](repeating: 0, count: sizes.count - 1)
        var x = 0, y = 0
        while true {
            try row(x, y)
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                x += a[axis]
                y += b[axis]
                if index[axis] < sizes[axis] { break }
                x -= a[axis] * sizes[axis]
                y -= b[axis] * sizes[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// Copies element by element, polling Ctrl-C now and then.
    func copy<T: BitwiseCopyable>(_ target: UnsafeMutablePointer<T>, _ origin: UnsafePointer<T>) throws {
        let size = sizes.last ?? 1, i = a.last ?? 1, j = b.last ?? 1, patience = 1 << 18
        var copied = 0
        try rows { x, y in
            for first in stride(from: 0, to: size, by: patience) {
                if copied >= patience {
                    copied = 0
                    try Interrupt.check()
                }
                let count = min(patience, size - first)
                let to = target + (x + first * i), from = origin + (y + first * j)
                if i == 1, j == 1 {
                    to.update(from: from, count: count)
                } else {
                    for k in 0..<count { to[k * i] = from[k * j] }
                }
                copied += count
            }
        }
    }
}
