import CKernels

/// The examples of one batch that are still attacked, one row each.
///
/// When examples leave, their lanes go idle; once the rest fits into fewer eighths of the batch the lanes are packed.
/// So at most eight batch sizes ever occur, and the native engine prepares its kernels for no more.
struct Lanes {
    /// The place in the batch of each lane.
    private(set) var places: [Int]
    /// Whether the lane is still attacked.
    var isLive: [Bool]
    private var x: Tensor
    /// Whether the lanes have points yet; an attack that begins at the inputs copies each when it makes the first step.
    private(set) var isPlaced = false
    /// The clean inputs of the whole batch.
    private let origin: Tensor
    private var memory: Tensor?
    /// What a model's first layer knows of the points; nil for attacks that move every pixel, or hardly go on.
    let trail: Trail?
    private let width: Int
    private let attack: Attack
    private let range: ClosedRange<Float>
    private let quantum: Int
    private(set) var budgets: [Double]

    /// Lanes for some rows, at their starting points, and idle ones up to a whole number of eighths.
    /// - Parameters:
    ///   - most: how many rows a full batch has.
    ///   - best: where the points lie if the lanes are the whole batch, a row per place.
    init(
        _ attack: Attack, _ cases: Cases, _ active: [Int], most: Int, range: ClosedRange<Double>,
        into best: Tensor? = nil, keys: @Sendable (Int) -> Key
    ) throws {
        self.attack = attack
        self.range = Float(range.lowerBound)...Float(range.upperBound)
        width = cases.width
        quantum = max(1, ((cases.count > most / 2 ? most : cases.count) + 7) / 8)
        (places, isLive) = Lanes.filled(active, of: cases.count, quantum)
        (origin, budgets) = (cases.x, places.map { cases.budgets[$0] })
        let whole = places.count == cases.count ? best : nil
        x = try whole ?? Tensor(empty: [places.count] + cases.x.shape.dropFirst())
        if attack.direction.decay != nil { memory = try .zeros(x.shape) }
        trail = attack.ball.norm != .l2 && attack.steps > 2 ? Trail(of: x) : nil
        if let start = attack.start.place { place { [places] in start(attack.ball, $1, keys(places[$0])) } }
    }

    /// Puts every lane at its input, and from there to where it starts.
    private mutating func place(_ start: @Sendable (Int, Lane) -> Void) {
        forEachLane("attack start") { i, lane in
            lane.x.update(from: lane.origin, count: lane.count)
            start(i, lane)
        }
        isPlaced = true
    }

    /// Where the lanes are, a row each.
    mutating func points() throws -> Tensor {
        if !isPlaced { place { _, _ in } }
        return x
    }

    /// The active places, then idle ones until they are a whole number of quanta; in their order when that is the whole
    /// batch.
    private static func filled(_ active: [Int], of count: Int, _ quantum: Int) -> (places: [Int], isLive: [Bool]) {
        let wanted = min(count, (active.count + quantum - 1) / quantum * quantum)
        guard wanted > active.count else { return (active, active.map { _ in true }) }
        var isActive = [Bool](repeating: false, count: count)
        for place in active { isActive[place] = true }
        if wanted == count { return (Array(0..<count), isActive) }
        let idle = (0..<count).lazy.filter { !isActive[$0] }.prefix(wanted - active.count)
        return (active + idle, active.map { _ in true } + idle.map { _ in false })
    }

    var count: Int { places.count }

    /// A gradient, row-major float32: a row per lane, or per place of the batch.
    struct Slope {
        let gradient: Tensor
        var isByPlace = false
    }

    /// One step of every live lane along its gradient; a lane without one follows random signs, and a lane whose gradient
    /// is not finite goes idle.
    ///
    /// - Parameter counted: the lanes whose gradients are wanted measured, the live ones among them.
    /// - Returns: the sum of |gradient| of each counted lane: 0 when there is none, not finite when an element is not.
    mutating func step(
        _ k: Int, _ slope: Slope, counting counted: [Bool], keys: @Sendable (Int) -> Key
    ) throws -> [Double] {
        try x.strided().storage.wasWritten()
        let g = Rows(base: try slope.gradient.rowPointer()), byPlace = slope.isByPlace
        let memory = try memory.map { Rows(base: try $0.rowPointer()) }
        let (width, live, places, move, decay) = (width, isLive, places, attack.ball.move, attack.direction.decay)
        let lengths = budgets.map { attack.stepSize.length(k, attack.steps, $0) }, isPlaced = isPlaced
        var sizes = [Double](repeating: 0, count: count)
        sizes.withUnsafeMutableBufferPointer { buffer in
            nonisolated(unsafe) let sizes = buffer
            forEachLane("attack step") { i, lane in
                if !isPlaced { lane.x.update(from: lane.origin, count: lane.count) }
                guard counted[i] else { return }
                let slope = g.base + (byPlace ? places[i] : i) * width
                let size = ck_gradient_size_f32(slope, width)
                sizes[i] = size
                guard live[i], size.isFinite else { return }
                if size == 0 {
                    return move(lane, randomDirection(keys(places[i]), width), lengths[i])
                }
                guard let memory, let decay else { return move(lane, slope, lengths[i]) }
                let velocity = memory.base + i * width
                let scale = min(Double(width) / size, Double(Float.greatestFiniteMagnitude))
                ck_momentum_f32(velocity, slope, Float(decay), Float(scale), width)
                move(lane, velocity, lengths[i])
            }
        }
        withExtendedLifetime(slope.gradient) {}
        self.isPlaced = true
        for i in sizes.indices where counted[i] && !sizes[i].isFinite { isLive[i] = false }
        return sizes
    }

    /// Drops idle lanes when that saves at least an eighth of the batch.
    mutating func pack() throws {
        let live = places.indices.filter { isLive[$0] }
        let wanted = (live.count + quantum - 1) / quantum * quantum
        guard !live.isEmpty, wanted < count else { return }
        let kept = Array((live + places.indices.filter { !isLive[$0] }).prefix(wanted))
        x = try x.gatherRows(kept)
        memory = try memory?.gatherRows(kept)
        try trail?.keep(kept, as: x)
        (places, isLive, budgets) = (kept.map { places[$0] }, kept.map { isLive[$0] }, kept.map { budgets[$0] })
    }

    private func forEachLane(_ name: String, _ body: @Sendable (Int, Lane) -> Void) {
        guard let lanes = try? all() else { preconditionFailure("lanes are row-major") }
        Operations.run(name, elements: 4 * count * width) {
            lanes.withUnsafeBufferPointer { lanes in
                nonisolated(unsafe) let lanes = lanes
                Workers.split(count, grain: 32) { for i in $0 { body(i, lanes[i]) } }
            }
        }
        withExtendedLifetime(self) {}
    }

    /// Every lane, while `self` lives.
    private func all() throws -> [Lane] {
        let (x, from) = (try x.rowPointer(), try origin.rowPointer())
        return places.indices.map { i in
            Lane(
                x: x + i * width, origin: from + places[i] * width, count: width, eps: budgets[i], range: range)
        }
    }
}

private func randomDirection(_ key: Key, _ width: Int) -> [Float] {
    var direction = [Float](repeating: 0, count: width)
    ck_random_normal_f32(key.bits, 0, &direction, width)
    return direction
}

/// Rows of float32 that several threads touch, each its own.
struct Rows: @unchecked Sendable {
    let base: UnsafeMutablePointer<Float>
}

extension Tensor {
    /// The first element of a contiguous float32 tensor; valid while the tensor lives.
    func rowPointer() throws -> UnsafeMutablePointer<Float> {
        precondition(dtype == .float32 && isContiguous, "rows of \(type)")
        let (storage, offset, _) = try strided()
        return storage.base.assumingMemoryBound(to: Float.self) + offset
    }

    /// How many rows have an element outside the range or nan. Contiguous float32.
    func rowsOutside(_ range: ClosedRange<Double>) throws -> Int {
        let width = count / max(1, shape[0]), base = try rowPointer()
        return (0..<shape[0]).count {
            ck_count_outside_f32(base + $0 * width, Float(range.lowerBound), Float(range.upperBound), width) > 0
        }
    }
}
