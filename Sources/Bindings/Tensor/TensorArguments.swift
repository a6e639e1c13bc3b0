import Kernel

// How axes and positions come from Lua: counted from 1, or from the end with negative numbers.

/// One axis of a tensor: 1 is the first, -1 the last.
struct Axis: ParameterValue {
    let number: Int
    static let typeName = "integer"
    init(_ number: Int) { self.number = number }
    init?(_ value: Value) {
        guard let number = Int(value) else { return nil }
        self.number = number
    }
    var recorded: Value { .int(number) }

    /// The axis counted from 0.
    /// - Throws: `ArgumentError` for 0 and for what is beyond the rank.
    func of(_ rank: Int, _ function: String) throws -> Int {
        if number > 0, number <= rank { return number - 1 }
        if number < 0, number >= -rank { return rank + number }
        let expected = rank == 0 ? "a tensor with axes" : "an axis from 1 to \(rank) or -\(rank) to -1"
        throw ArgumentError(function: function, parameter: "axis", expected: expected, got: "number \(number)")
    }
}

/// Several axes: a number or a list of numbers; the empty list means all of them.
struct Axes: ParameterValue {
    let axes: [Axis]
    static let typeName = "integer|integer[]"
    static let takesList = true
    static let all = Axes(axes: [])
    init(axes: [Axis]) { self.axes = axes }
    init?(_ value: Value) throws {
        if let one = Axis(value) {
            axes = [one]
        } else if let several = try [Axis](value) {
            axes = several
        } else {
            return nil
        }
    }
    var recorded: Value { .list(axes.map(\.recorded)) }

    /// The axes counted from 0, an empty list for all.
    func of(_ rank: Int, _ function: String) throws -> [Int] { try axes.map { try $0.of(rank, function) } }
}

/// A position along an axis of `size` elements, counted from 0.
/// - Throws: `CallError` that names the axis.
func position(_ number: Int, size: Int, axis: Int, shape: [Int]) throws -> Int {
    if number > 0, number <= size { return number - 1 }
    if number < 0, number >= -size { return size + number }
    let range = size == 0 ? "the axis is empty" : "outside 1 to \(size)"
    throw CallError("index \(number) is out of range: \(range) (axis \(axis + 1) of shape \(shapeText(shape)))")
}

extension Tensor {
    /// A tensor of positions from Lua (from 1, negative from the end) counted from 0.
    func positions(along size: Int, axis: Int, shape: [Int]) throws -> Tensor {
        guard !dtype.isFloat, dtype != .bool else {
            throw KernelError.dtype(op: "index", got: [dtype], expected: "positions as integers")
        }
        let numbers = try array(Int64.self).map {
            Int64(try position(Int($0), size: size, axis: axis, shape: shape))
        }
        return try Tensor(numbers, self.shape)
    }

    /// Positions counted from 0 as Lua sees them.
    func fromOne() throws -> Tensor { try Tensor(array(Int64.self).map { $0 + 1 }, shape) }
}

let seedParameter = Parameter<Int?>("seed", nil, "starts a stream of its own; nil draws from the session's (`seed(n)`)")
let floatParameter = Parameter("dtype", DType.float32, "the type of the elements")

/// A tensor, a number, a truth value or nested lists of them: what can be assigned or computed with.
struct TensorLike: ParameterValue {
    let value: Value
    static let typeName = "Tensor|number|table"
    static let takesList = true
    init?(_ value: Value) throws {
        switch value {
        case .int, .number, .flag, .list, .integers, .numbers: self.value = value
        case .object(let object) where object is Tensor: self.value = value
        default: return nil
        }
    }
    var recorded: Value { value }
    func tensor(_ op: String) throws -> Tensor {
        if case .object(let object) = value, let tensor = object as? Tensor { return tensor }
        return try Tensor.from(value, op: op)
    }
}
