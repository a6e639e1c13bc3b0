import CKernels

// Largest and smallest elements and where they are. nan wins, as in PyTorch.

extension Tensor {
    enum Extreme { case max, min }

    /// The extreme over axes (none named: all). Not recorded.
    /// - Throws: `KernelError.shape` when there is nothing to choose from.
    func extreme(_ which: Extreme, _ axes: [Int], keepDims: Bool) throws -> Tensor {
        let op = which == .max ? "max" : "min"
        let layout = try layoutWithElements(axes, op)
        if dtype == .float32 {
            return try reduceRows(layout, keepDims, Float.self, Float.self) {
                which == .max ? ck_max_of_f32($0.baseAddress, $0.count) : ck_min_of_f32($0.baseAddress, $0.count)
            }
        }
        if dtype == .float64 {
            return try reduceRows(layout, keepDims, Double.self, Double.self) { $0[indexOfExtreme($0, which)] }
        }
        return try reduceRows(layout, keepDims, Int64.self, Int64.self) { $0[indexOfExtreme($0, which)] }
            .converted(to: dtype)
    }

    /// The 0-based index of the extreme along an axis (nil: in the flat tensor), the first of equal ones; int64.
    func extremeIndex(_ which: Extreme, _ axis: Int?, keepDims: Bool) throws -> Tensor {
        let layout = try layoutWithElements(axis.map { [$0] } ?? [], which == .max ? "argmax" : "argmin")
        if dtype == .float32 {
            return try reduceRows(layout, keepDims, Float.self, Int64.self) {
                let (x, n) = ($0.baseAddress, $0.count)
                return Int64(ck_find_f32(x, n, which == .max ? ck_max_of_f32(x, n) : ck_min_of_f32(x, n)))
            }
        }
        if dtype == .float64 {
            return try reduceRows(layout, keepDims, Double.self, Int64.self) { Int64(indexOfExtreme($0, which)) }
        }
        return try reduceRows(layout, keepDims, Int64.self, Int64.self) { Int64(indexOfExtreme($0, which)) }
    }

    private func layoutWithElements(_ axes: [Int], _ op: String) throws -> ReducedShape {
        let layout = try ReducedShape(shape, axes, op)
        guard layout.width > 0 else {
            throw KernelError.shape(op: op, shapes: [shape], reason: "there are no elements to choose from")
        }
        return layout
    }
}

private func indexOfExtreme<T: Scalar>(_ x: UnsafeBufferPointer<T>, _ which: Tensor.Extreme) -> Int {
    var best = 0
    for i in x.indices.dropFirst() where isBeyond(x[i], x[best], which) { best = i }
    return best
}
private func isBeyond<T: Scalar>(_ a: T, _ b: T, _ which: Tensor.Extreme) -> Bool {
    if T.dtype.isFloat {
        let (a, b) = (a.asDouble, b.asDouble)
        return !b.isNaN && (a.isNaN || (which == .max ? a > b : a < b))
    }
    return which == .max ? a.asInt64 > b.asInt64 : a.asInt64 < b.asInt64
}
