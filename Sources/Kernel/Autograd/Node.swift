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
    // Marks of the backward pass that goes on, or of the last one; a set of nodes would cost more than all other bookkeeping.
    /// The pass that has reached this node.
    var pass = 0
    /// Whether the gradient of this node itself is wanted.
    var isTarget = false
    /// Whether a node whose gradient is wanted can be reached from here.
    var isUseful = false
    /// For a leaf: where its tensor's gradient is collected.
    let collected: CollectedGradient?

    init(_ primitive: Primitive, edges: [Node?], saved: Primitive.Call) {
        (self.primitive, self.edges, self.saved, collected) = (primitive, edges, saved, nil)
        id = Node.counter.add(1, ordering: .relaxed).newValue
    }
    init(leaf: CollectedGradient) {
        (primitive, edges, collected) = (nil, [], leaf)
        id = Node.counter.add(1, ordering: .relaxed).newValue
    }

    /// Frees chains iteratively: releasing link by link would recurse once per link and overflow the stack.
    deinit {
        if edges.isEmpty { return }
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

/// What `backward` collects for a leaf. A tensor and its node share it: a weak reference from the node to the tensor would make
/// every use of a parameter twice as slow as that of other tensors.
final class CollectedGradient: @unchecked Sendable {
    var gradient: Tensor?
}

extension Tensor {
    /// For a leaf: the gradient accumulated by `backward`.
    public var grad: Tensor? {
        get { collected?.gradient }
        set { if newValue != nil || collected != nil { collection.gradient = newValue } }
    }
    private var collection: CollectedGradient {
        if let collected { return collected }
        let made = CollectedGradient()
        collected = made
        return made
    }

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
        if node == nil { node = Node(leaf: collection) }
        return self
    }
}
