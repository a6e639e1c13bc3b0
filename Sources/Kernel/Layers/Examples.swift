/// Examples to train or evaluate on, fetched by index.
public struct Examples: Sendable {
    public let count: Int
    /// Inputs [n, ...] float32 and labels [n] int64 at the given indices; called on any thread.
    public let batch: @Sendable ([Int]) throws -> (x: Tensor, y: Tensor)
    /// Names of the classes by label, where they are known.
    public var classNames: [String]

    public init(
        count: Int, classNames: [String] = [], batch: @escaping @Sendable ([Int]) throws -> (x: Tensor, y: Tensor)
    ) {
        (self.count, self.classNames, self.batch) = (count, classNames, batch)
    }
    func slice(_ range: Range<Int>) -> Examples {
        Examples(count: range.count, classNames: classNames) { try batch($0.map { $0 + range.lowerBound }) }
    }
}

/// A data set, or anything else that has examples.
public protocol ExampleSource: Sendable {
    var examples: Examples { get }
}

extension Examples: ParameterValue {
    public static var typeName: String { "Dataset|{x, y}" }
    public static var takesList: Bool { true }

    /// A data set, or a list of inputs [N, ...] and labels [N].
    /// - Throws: `KernelError` when inputs and labels do not fit each other.
    public init?(_ value: Value) throws {
        if case .object(let object) = value, let source = object as? any ExampleSource {
            self = source.examples
            return
        }
        guard let pair = value.elements, pair.count == 2, case .object(let x as Tensor) = pair[0],
            case .object(let y as Tensor) = pair[1]
        else { return nil }
        try self.init(x, y)
    }

    /// Inputs and labels as tensors.
    public init(_ x: Tensor, _ y: Tensor) throws {
        guard x.rank >= 1, y.rank == 1, x.shape[0] == y.shape[0] else {
            throw KernelError.shape(
                op: "examples", shapes: [x.shape, y.shape], reason: "inputs [N, ...] and labels [N] expected")
        }
        let inputs = try (x.dtype.isFloat ? x.detached() : x.converted(to: .float32)).laidOut(),
            labels = try y.converted(to: .int64).laidOut()
        self.init(count: x.shape[0]) { (try inputs.gatherRows($0), try labels.gatherRows($0)) }
    }

    public var recorded: Value { .text("\(count) examples") }
}

extension Tensor {
    /// Rows of the first axis by index, copied. Indices are in range. No gradient passes.
    func gatherRows(_ indices: [Int]) throws -> Tensor {
        let result = try Tensor(empty: [indices.count] + shape.dropFirst(), dtype)
        let bytes = (shape[0] == 0 ? 0 : count / shape[0]) * dtype.size
        let source = try contiguous()
        let (from, offset, _) = try source.strided()
        let (to, _, _) = try result.strided()
        withExtendedLifetime((from, to)) {
            for (row, index) in indices.enumerated() {
                precondition(index >= 0 && index < shape[0], "row \(index) of \(shape[0])")
                (to.base + row * bytes).copyMemory(
                    from: from.base + offset * dtype.size + index * bytes, byteCount: bytes)
            }
        }
        return result
    }
}

extension Dataset: ExampleSource {
    public var examples: Examples {
        Examples(count: count, classNames: classNames) { indices in
            let (images, labels) = try self.batch(indices)
            return (images, labels)
        }
    }
}
