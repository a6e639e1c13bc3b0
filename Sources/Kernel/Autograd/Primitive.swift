/// An operation on tensors with its derivative, in one record.
///
/// Settings such as axes or strides are captured by the closures: `Primitive.sum(axes: [1])` is a value. One parametrised
/// test walks `Primitive.samples` and compares `vjp` with central differences in Double.
public struct Primitive: Sendable {
    /// One reference to all of it: a call that is recorded keeps its operation.
    private let record: Record
    private final class Record: Sendable {
        let name: String, keeps: Keeps
        let result: @Sendable ([TensorType]) throws -> TensorType
        let forward: Forward
        let recomputation: Recomputing?
        let vjp: Derive
        init(
            _ name: String, _ keeps: Keeps, _ result: @escaping @Sendable ([TensorType]) throws -> TensorType,
            _ forward: @escaping Forward, _ recomputation: Recomputing?, _ vjp: @escaping Derive
        ) {
            (self.name, self.keeps, self.result, self.forward, self.vjp) = (name, keeps, result, forward, vjp)
            self.recomputation = recomputation
        }
    }

    public typealias Forward = @Sendable (_ x: [Tensor], _ extra: inout [Tensor]) throws -> Tensor
    public typealias Derive = @Sendable (_ g: Tensor, _ call: Saved) throws -> [Tensor?]

    public var name: String { record.name }
    /// Shape and type of the result; throws `KernelError` when the operands do not fit.
    public var result: @Sendable ([TensorType]) throws -> TensorType { record.result }
    /// Computes the result. Operands fit: `result` has been asked. Whatever the derivative needs beyond `keeps` goes to
    /// `extra`. No gradient is recorded inside.
    public var forward: Forward { record.forward }
    /// What the derivative needs kept of the call.
    public var keeps: Keeps { record.keeps }
    /// How a recorded call is computed again, so that others need not keep its result; nil: it is not.
    var recomputation: Recomputing? { record.recomputation }
    /// The gradients for the operands that need one, from the gradient of the result; nil for the others.
    public var vjp: Derive { record.vjp }

    typealias Recomputing = @Sendable (_ x: [Tensor], _ extra: [Tensor], _ y: Tensor) throws -> Recomputation?

    public init(
        _ name: String, keeps: Keeps = [], result: @escaping @Sendable ([TensorType]) throws -> TensorType,
        forward: @escaping Forward, vjp: @escaping Derive
    ) {
        self.init(name, keeps: keeps, result: result, forward: forward, recomputation: nil, vjp: vjp)
    }

    init(
        _ name: String, keeps: Keeps = [], result: @escaping @Sendable ([TensorType]) throws -> TensorType,
        forward: @escaping Forward, recomputation: Recomputing?, vjp: @escaping Derive
    ) {
        record = Record(name, keeps, result, forward, recomputation, vjp)
    }

    public struct Keeps: OptionSet, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }
        public static let inputs = Keeps(rawValue: 1)
        public static let output = Keeps(rawValue: 2)
        /// The first two operands, each where a gradient of another is wanted: what the derivative of a product reads.
        public static let factors = Keeps(rawValue: 4)

        /// Whether the derivative reads the operand when these gradients are wanted.
        func includesOperand(_ index: Int, _ needs: [Bool]) -> Bool {
            contains(.inputs)
                || contains(.factors) && index < 2 && needs.indices.contains { $0 != index && needs[$0] }
        }
    }

    /// What a call left for its derivative.
    public struct Saved: Sendable {
        /// Shapes and types of the operands, always there.
        public let types: [TensorType]
        /// The operands, detached, when `keeps` names them; absent ones in the places of others.
        public let x: [Tensor]
        /// The result, detached, when `keeps` names it.
        public let y: Tensor?
        public let extra: [Tensor]
        /// Which operands need a gradient; skip the work for the others.
        public let needs: [Bool]
        /// Whether nobody else looks at the gradient of the result, so that it may be overwritten.
        let ownsGradient: Bool
    }

    /// Applies the operation and records it when a gradient is wanted of some operand.
    /// - Throws: `KernelError` from the shape rule.
    public func callAsFunction(_ x: Tensor...) throws -> Tensor { try apply(x) }

    public func apply(_ x: [Tensor]) throws -> Tensor {
        let types = x.map(\.type)
        let expected = try result(types)
        var extra: [Tensor] = []
        let y = try Operations.run(name, elements: x.reduce(expected.count) { $0 + $1.count }) {
            try forward(x, &extra)
        }
        assert(y.type == expected, "\(name): forward gives \(y.type), its rule \(expected)")
        guard x.contains(where: { $0.node != nil }), Context.current.recordsGradients else { return y }
        // A forward that returns its operand itself must not give the operand a second place in the graph.
        let recorded = x.contains { $0 === y } ? y.detached() : y
        let node = Node(self, edges: x.map(\.node), saved: Call(self, x, types, recorded, extra))
        node.recomputation = try recomputation?(x, extra, recorded)
        recorded.node = node
        return recorded
    }
}

extension Primitive {
    /// An operation with operands that exercise it, for the test that walks them all.
    public struct Sample: Sendable {
        public let primitive: Primitive
        /// Operands in float64, inside the smooth region of the operation.
        public let inputs: @Sendable () throws -> [Tensor]
        public let derivative: Derivative
        /// Which operands to differentiate; others (indices, labels) are constants. Nil means all.
        public let active: [Int]?

        public init(
            _ primitive: Primitive, _ derivative: Derivative = .exact, active: [Int]? = nil,
            _ inputs: @escaping @Sendable () throws -> [Tensor]
        ) {
            (self.primitive, self.derivative, self.active, self.inputs) = (primitive, derivative, active, inputs)
        }
    }
    /// How a sample's derivative is to be checked.
    public enum Derivative: Sendable {
        /// Against central differences.
        case exact
        /// An operation that rounds: the gradient for an incoming gradient of ones, stated explicitly per operand.
        case surrogate(@Sendable ([Tensor]) throws -> [Tensor?])
    }
}
