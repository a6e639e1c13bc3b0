import Synchronization

/// A place in the gradient graph: a recorded call, or a leaf whose gradient is wanted.
public final class Node: @unchecked Sendable {
    private static let counter = Atomic<Int>(0)

    /// Rises with creation, so descending order is a topological order.
    let id: Int
    let primitive: Primitive?
    fileprivate(set) var edges: [Node?]
    var saved: Primitive.Call?
    /// How the result is computed again, when that is cheaper than keeping it.
    var recomputation: Recomputation?
    /// The gradient collected so far during a backward pass.
    var gradient: Tensor?
    /// For a leaf: the tensor that receives the gradient.
    weak var leaf: Tensor?

    init(_ primitive: Primitive, edges: [Node?], saved: Primitive.Call) {
        (self.primitive, self.edges, self.saved) = (primitive, edges, saved)
        id = Node.counter.add(1, ordering: .relaxed).newValue
    }
    init(leaf: Tensor) {
        (primitive, edges, self.leaf) = (nil, [], leaf)
        id = Node.counter.add(1, ordering: .relaxed).newValue
    }

    /// Frees chains iteratively: releasing link by link would recurse once per link and overflow the stack.
    deinit {
        var pending = edges.compactMap { $0 }
        edges = []
        while var node = pending.popLast() {
            guard isKnownUniquelyReferenced(&node) else { continue }
            let below = node.edges
            node.edges = []
            for case let next? in below { pending.append(next) }
        }
    }
}

extension Tensor {
    /// Whether a backward pass can reach this tensor.
    public var requiresGrad: Bool { node != nil }
    /// Whether this tensor was not computed by a recorded operation.
    public var isLeaf: Bool { node?.primitive == nil }

    /// Makes this tensor a leaf that receives a gradient.
    /// - Throws: `KernelError.dtype` for integer and boolean tensors.
    @discardableResult public func requireGrad() throws -> Tensor {
        guard dtype.isFloat else {
            throw KernelError.dtype(op: "requires_grad", got: [dtype], expected: "float32 or float64")
        }
        if node == nil { node = Node(leaf: self) }
        return self
    }
}
