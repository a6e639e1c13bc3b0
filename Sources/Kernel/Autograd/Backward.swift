import Synchronization

/// Reverse-mode differentiation over the recorded graph.
public enum Autograd {
    /// Adds the gradient of a scalar (or of `seed`-weighted elements) to `grad` of every leaf that it depends on.
    /// - Throws: `KernelError.state` when nothing was recorded or the graph was already used and freed.
    public static func backward(_ root: Tensor, seed: Tensor? = nil, retain: Bool = false) throws {
        let nodes = try run(root, seed, targets: nil, retain)
        var taken = Set(seed.map { [$0.identity] } ?? [])
        for node in nodes where node.primitive == nil {
            guard let gradient = node.gradient, let leaf = node.collected else { continue }
            leaf.gradient = try leaf.gradient.map { try sum($0, gradient) } ?? owned(gradient, &taken)
        }
        clear(nodes)
    }

    /// The gradients with respect to the given tensors alone; nothing else is computed and no `grad` is touched.
    /// A tensor that the root does not depend on gets nil.
    public static func gradients(
        of root: Tensor, wrt targets: [Tensor], seed: Tensor? = nil, retain: Bool = false
    ) throws -> [Tensor?] {
        let nodes = try run(root, seed, targets: targets, retain)
        defer { clear(nodes) }
        return targets.map { $0.node?.gradient }
    }

    private static func run(_ root: Tensor, _ seed: Tensor?, targets: [Tensor]?, _ retain: Bool) throws -> [Node] {
        guard let start = root.node else {
            throw KernelError.state(
                op: "backward", reason: "the tensor does not depend on anything that requires a gradient")
        }
        let nodes = reachable(start)
        markUseful(nodes, targets)
        do {
            start.gradient = try seed ?? startGradient(root)
            try Context.withoutGradients {
                for node in nodes where node.primitive != nil { try propagate(node, retain) }
            }
        } catch {
            clear(nodes)
            throw error
        }
        return nodes
    }

    private static func startGradient(_ root: Tensor) throws -> Tensor {
        guard root.count == 1 else {
            throw KernelError.shape(op: "backward", shapes: [root.shape], reason: "a tensor with one element expected")
        }
        return try Tensor.ones(root.shape, root.dtype)
    }

    private static let passes = Atomic<Int>(0)

    /// All nodes below the start, newest first: a topological order.
    private static func reachable(_ start: Node) -> [Node] {
        let pass = passes.add(1, ordering: .relaxed).newValue
        var found = [start], pending = [start]
        found.reserveCapacity(32)
        pending.reserveCapacity(8)
        start.pass = pass
        while let node = pending.popLast() {
            for case let next? in node.edges where next.pass != pass {
                next.pass = pass
                found.append(next)
                pending.append(next)
            }
        }
        return found.sorted { $0.id > $1.id }
    }

    /// Marks the targets, nil meaning every leaf, and the nodes from which one can be reached.
    private static func markUseful(_ nodes: [Node], _ targets: [Tensor]?) {
        for node in nodes { node.isTarget = targets == nil && node.primitive == nil }
        for target in targets ?? [] { target.node?.isTarget = true }
        for node in nodes.reversed() {
            node.isUseful = node.isTarget || node.edges.contains { $0?.isUseful ?? false }
        }
    }

    /// Hands the gradient of a node on to the nodes that it was computed from. What the call kept is freed unless it is
    /// retained, and so is the gradient itself, unless somebody asked for it.
    private static func propagate(_ node: Node, _ retain: Bool) throws {
        guard node.isUseful, var gradient = node.gradient else { return }
        let needs = node.edges.map { $0?.isUseful ?? false }
        guard needs.contains(true) else { return }
        guard let kept = node.saved else {
            throw KernelError.state(
                op: "backward", reason: "the graph was freed by an earlier backward; pass retain = true there")
        }
        try Interrupt.check()
        if !retain { (node.saved, node.recomputation) = (nil, nil) }
        if !node.isTarget { node.gradient = nil }
        let isOwn = isKnownUniquelyReferenced(&gradient) && gradient.isSoleOwner()
        let primitive = node.primitive!
        let elements = kept.types.reduce(gradient.count) { $0 + $1.count }
        let gradients = try Operations.run(primitive.name + " backward", elements: elements) {
            try primitive.vjp(gradient, kept.opened(needs: needs, ownsGradient: isOwn))
        }
        for (index, edge) in node.edges.enumerated() where needs[index] {
            guard let edge, let gradient = gradients[index] else { continue }
            assert(
                gradient.type == kept.types[index], "\(node.primitive!.name): gradient \(index) is \(gradient.type)")
            try add(gradient, to: edge)
        }
    }

    /// Adds to the gradient of a node, in place when it is nobody else's.
    private static func add(_ gradient: Tensor, to node: Node) throws {
        guard var before = node.gradient else { node.gradient = gradient; return }
        node.gradient = nil
        let isOwn = isKnownUniquelyReferenced(&before) && before.isSoleOwner()
        node.gradient = try isOwn && before.overwriteWithSum(with: gradient) ? before : before.adding(gradient)
    }

    /// A gradient that may be changed in place: contiguous, and nobody else's (an addition hands one to both sides).
    private static func owned(_ gradient: Tensor, _ taken: inout Set<ObjectIdentifier>) throws -> Tensor {
        let isFirst = taken.insert(gradient.identity).inserted
        return isFirst && gradient.isContiguous ? gradient : try gradient.copied()
    }

    private static func sum(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        try Context.withoutGradients { try a.adding(b) }
    }
    private static func clear(_ nodes: [Node]) { for node in nodes { node.gradient = nil } }
}
