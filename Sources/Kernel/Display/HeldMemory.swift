/// Counts the bytes that values hold outside Lua, every block once.
///
/// A view counts with the whole block that it keeps alive, and a tensor in a graph with what the graph keeps for the
/// derivative: those are the bytes that holding the value pins.
public struct HeldMemory {
    public private(set) var bytes = 0
    /// The blocks of the pool among them and what each takes of it, to tell what several values share.
    public private(set) var blocks: [ObjectIdentifier: Int] = [:]
    private var seen: Set<ObjectIdentifier> = []
    /// Nodes of gradient graphs that are looked at; deeper graphs count as far as that.
    private var nodes = 10_000

    public init() {}

    public mutating func add(bytes: Int) { self.bytes += max(0, bytes) }

    /// Counts a value once; false when it has been counted.
    public mutating func isNew(_ object: AnyObject) -> Bool { seen.insert(ObjectIdentifier(object)).inserted }

    public mutating func add(_ tensor: Tensor) {
        if let storage = tensor.place?.storage ?? tensor.nativeBlock?.storage {
            add(storage)
        } else if case .native(let native) = tensor.contents, isNew(native) {
            bytes += tensor.bytes
        }
        if let grad = tensor.grad, isNew(grad) { add(grad) }
        if let node = tensor.node { add(node) }
    }

    private mutating func add(_ storage: Storage) {
        guard isNew(storage) else { return }
        bytes += storage.bytes
        blocks[ObjectIdentifier(storage)] = storage.capacity
    }

    private mutating func add(_ kept: Kept) {
        switch kept {
        case .tensor(let tensor): add(tensor)
        case .recipe(let recipe):
            if let block = recipe.second { add(block.storage) }
            for operand in recipe.operands { add(operand) }
        case .nothing: break
        }
    }

    private mutating func add(_ first: Node) {
        var pending = [first]
        while let node = pending.popLast(), nodes > 0 {
            guard isNew(node) else { continue }
            nodes -= 1
            for kept in node.saved?.x ?? [] { add(kept) }
            for tensor in node.saved?.extra ?? [] { add(tensor) }
            if let result = node.saved?.y { add(result) }
            pending += node.edges.compactMap { $0 }
        }
    }
}

/// A value that can say how many bytes it holds.
public protocol HoldsMemory: Sendable {
    func count(into memory: inout HeldMemory)
}

extension Tensor: HoldsMemory {
    public func count(into memory: inout HeldMemory) { memory.add(self) }
}

extension Module: HoldsMemory {
    public func count(into memory: inout HeldMemory) {
        guard memory.isNew(self) else { return }
        for (_, tensor) in state { memory.add(tensor) }
    }
}

extension IntegerModel: HoldsMemory {
    public func count(into memory: inout HeldMemory) {
        guard memory.isNew(self) else { return }
        source.count(into: &memory)
        twin.count(into: &memory)
        // Codes of the weights: a byte each.
        memory.add(bytes: source.parameterCount)
    }
}

extension Dataset: HoldsMemory {
    public func count(into memory: inout HeldMemory) {
        if memory.isNew(self) { memory.add(bytes: rowBytes) }
        guard memory.isNew(table) else { return }
        memory.add(table.images)
        memory.add(bytes: table.labels.count * MemoryLayout<Int>.stride)
    }
}

extension TrainTest: HoldsMemory {
    public func count(into memory: inout HeldMemory) {
        train.count(into: &memory)
        test.count(into: &memory)
    }
}

extension AttackResult: HoldsMemory {
    public func count(into memory: inout HeldMemory) {
        guard memory.isNew(self) else { return }
        memory.add(adversarial)
        memory.add(bytes: outcomes.count * MemoryLayout<Outcome>.stride)
    }
}

extension Sweep: HoldsMemory {
    public func count(into memory: inout HeldMemory) {
        guard memory.isNew(self) else { return }
        memory.add(bytes: curves.reduce(0) { $0 + $1.replicas.count } * eps.count * examples)
    }
}
