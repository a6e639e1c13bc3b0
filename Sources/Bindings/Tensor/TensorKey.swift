import Kernel

/// What stands between the brackets of `x[key]`.
///
/// A number picks a position and drops the axis, `{a, b}` and `{a, b, step}` are inclusive ranges, `{}` is a whole axis,
/// a bool tensor is a mask, an integer tensor a list of positions. A table of these has one for each axis.
struct TensorKey {
    enum Part {
        case slice(Slice)
        /// Positions along the axis, counted from 0.
        case positions(Tensor)
        /// A mask over the leading axes; only as the whole key.
        case mask(Tensor)
    }
    var parts: [Part]

    /// - Throws: `CallError` for what is no key of this tensor.
    init(_ key: Value, of tensor: Tensor) throws {
        switch key {
        case .table: throw CallError("a table with names is no index")
        case .list, .integers, .numbers:
            let items = key.elements!
            guard items.count <= tensor.rank else {
                throw CallError("\(items.count) indices for a tensor of shape \(shapeText(tensor.shape))")
            }
            parts = try items.enumerated().map { try Self.part($1, of: tensor, axis: $0) }
        case .object(let object as Tensor) where object.dtype == .bool: parts = [.mask(object)]
        default:
            guard tensor.rank > 0 else { throw CallError("a scalar has no positions; use item()") }
            parts = [try Self.part(key, of: tensor, axis: 0)]
        }
    }

    private static func part(_ item: Value, of tensor: Tensor, axis: Int) throws -> Part {
        let size = tensor.shape[axis]
        if let number = Int(item) {
            return .slice(.at(try position(number, size: size, axis: axis, shape: tensor.shape)))
        }
        if case .object(let object) = item, let index = object as? Tensor {
            if index.dtype != .bool {
                return .positions(try index.positions(along: size, axis: axis, shape: tensor.shape))
            }
            guard index.shape == [size] else {
                throw CallError("a mask of shape \(shapeText(index.shape)) for axis \(axis + 1) of \(size)")
            }
            return .positions(try index.nonzero().reshape([-1]))
        }
        guard let items = item.elements, items.count <= 3, let numbers = try [Int](item) else {
            throw CallError("number, {first, last, step}, {} or Tensor expected as index, got \(item.errorText)")
        }
        return .slice(try range(numbers, size, axis, tensor.shape))
    }

    /// {} is everything, {a} the one position, {a, b} and {a, b, step} inclusive; {3, 2} is empty.
    private static func range(_ numbers: [Int], _ size: Int, _ axis: Int, _ shape: [Int]) throws -> Slice {
        guard let from = numbers.first else { return .all(size) }
        let first = try position(from, size: size, axis: axis, shape: shape)
        guard numbers.count > 1 else { return Slice(start: first, count: 1) }
        let step = numbers.count > 2 ? numbers[2] : 1
        guard step != 0 else { throw CallError("the step of a range must not be 0") }
        if numbers[1] == from &- step.signum() || numbers[1] == 0 { return Slice(start: 0, count: 0) }
        let last = try position(numbers[1], size: size, axis: axis, shape: shape)
        let reach = step > 0 ? last - first : first - last
        let count = reach < 0 ? 0 : Int(UInt(reach) / step.magnitude) + 1
        return Slice(start: first, count: count, step: count > 1 ? step : 1)
    }

    /// The slices when the key is numbers and ranges alone.
    var slices: [Slice]? {
        let slices = parts.compactMap { if case .slice(let slice) = $0 { slice } else { nil } }
        return slices.count == parts.count ? slices : nil
    }

    /// The part of the tensor that the key names.
    func part(of tensor: Tensor) throws -> Tensor {
        if let slices { return try tensor.index(slices) }
        if case .mask(let mask) = parts[0] { return try tensor.masked(mask) }
        var result = try tensor.index(
            parts.enumerated().map { axis, part in
                if case .slice(let slice) = part { slice } else { .all(tensor.shape[axis]) }
            })
        // From the last axis on, so that the places of those before stay.
        for (place, part) in parts.enumerated().reversed() {
            guard case .positions(let index) = part else { continue }
            let dropped = parts[..<place].count { if case .slice(let slice) = $0 { slice.drops } else { false } }
            result = try result.take(index, axis: place - dropped)
        }
        return result
    }

    /// Overwrites the part that the key names.
    func assign(_ value: Tensor, to tensor: Tensor) throws {
        if let slices { return try tensor.assign(value, at: slices) }
        switch parts[0] {
        case .mask(let mask): try tensor.assign(value, mask: mask)
        case .positions(let index) where parts.count == 1:
            let numbers = try index.array(Int64.self).map { Int($0) }
            let rows = try Shape.broadcast(value.shape, index.shape + tensor.shape.dropFirst(), "assign")
            try tensor.assign(
                value.expand(rows).reshape([numbers.count] + tensor.shape.dropFirst()), positions: numbers)
        default:
            throw CallError("assign to numbers and ranges, or to one mask or index tensor, not to a mixture")
        }
    }
}
