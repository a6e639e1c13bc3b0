/// A tensor from nested lists: `{{1, 2}, {3, 4}}`.
///
/// Rows of plain numbers arrive packed, so the cost is one copy. Whole numbers give int64, numbers with a fraction
/// float32, truth values bool, unless a type is asked for; equal tensors in a list are stacked.
extension Tensor {
    /// - Throws: `CallError` that names the place of a ragged row or of an element that is no number.
    public static func from(_ value: Value, _ dtype: DType? = nil, op: String = "tensor") throws -> Tensor {
        if case .object(let object) = value, let tensor = object as? Tensor {
            return try tensor.clone().to(dtype ?? tensor.dtype)
        }
        if let parts = tensors(in: value) { return try stack(parts).to(dtype ?? parts[0].dtype) }
        var literal = Literal(op: op)
        try literal.measure(value)
        try literal.collect(value, axis: 0, path: [])
        return try literal.tensor(dtype)
    }

    private static func tensors(in value: Value) -> [Tensor]? {
        guard case .list(let list) = value, !list.isEmpty else { return nil }
        let tensors = list.compactMap { value -> Tensor? in
            if case .object(let object) = value { object as? Tensor } else { nil }
        }
        return tensors.count == list.count ? tensors : nil
    }
}

private struct Literal {
    let op: String
    var shape: [Int] = []
    var flags: [Bool] = []
    var integers: [Int64] = []
    var numbers: [Double] = []

    /// The shape by the first element of each level.
    mutating func measure(_ value: Value) throws {
        var value = value
        while let (count, first) = extent(of: value) {
            shape.append(count)
            _ = try Shape.count(shape, op)
            guard let first else { break }
            value = first
        }
    }

    private func extent(of value: Value) -> (Int, Value?)? {
        switch value {
        case .list(let list): (list.count, list.first)
        case .integers(let list): (list.count, .int(list.first ?? 0))
        case .numbers(let list): (list.count, .number(list.first ?? 0))
        default: nil
        }
    }

    mutating func collect(_ value: Value, axis: Int, path: [Int]) throws {
        guard axis < shape.count else { return try append(value, path) }
        guard let (count, _) = extent(of: value) else {
            throw error(path, "a list of \(shape[axis]) expected, got \(value.errorText)")
        }
        guard count == shape[axis] else {
            throw error(path, "a list of \(shape[axis]) like the first one expected, got a list of \(count)")
        }
        switch value {
        case .integers(let list) where axis == shape.count - 1 && flags.isEmpty: try append(list)
        case .numbers(let list) where axis == shape.count - 1 && flags.isEmpty: try append(list)
        case .list(let list):
            for (place, element) in list.enumerated() { try collect(element, axis: axis + 1, path: path + [place + 1]) }
        default:
            for (place, element) in value.elements!.enumerated() {
                try collect(element, axis: axis + 1, path: path + [place + 1])
            }
        }
    }

    private mutating func append(_ list: [Int]) throws {
        try Interrupt.check()
        if numbers.isEmpty {
            integers += list.lazy.map(Int64.init)
        } else {
            numbers += list.lazy.map(Double.init)
        }
    }
    private mutating func append(_ list: [Double]) throws {
        try Interrupt.check()
        widen()
        numbers += list
    }
    private mutating func widen() {
        numbers += integers.map(Double.init)
        integers = []
    }

    private mutating func append(_ value: Value, _ path: [Int]) throws {
        switch value {
        case .flag(let flag) where integers.isEmpty && numbers.isEmpty: flags.append(flag)
        case .int(let int) where flags.isEmpty: try append([int])
        case .number(let number) where flags.isEmpty: try append([number])
        case .object(let object as Tensor) where flags.isEmpty && object.count == 1 && object.dtype != .bool:
            object.dtype.isFloat
                ? try append(object.array(Double.self)) : try append(object.array(Int64.self).map { Int($0) })
        default:
            throw error(path, "\(flags.isEmpty ? "a number" : "true or false") expected, got \(value.errorText)")
        }
    }

    func tensor(_ dtype: DType?) throws -> Tensor {
        if !flags.isEmpty { return try Tensor(flags, shape).converted(to: dtype ?? .bool) }
        if !integers.isEmpty { return try Tensor(integers, shape).converted(to: dtype ?? .int64) }
        return try Tensor(numbers, shape).converted(to: dtype ?? .float32)
    }

    private func error(_ path: [Int], _ reason: String) -> CallError {
        CallError("\(op): at \(path.isEmpty ? "the value" : "values" + path.map { "[\($0)]" }.joined()): \(reason)")
    }
}
