import CKernels

/// The examples of one batch that are still attacked, one row each: points and what confines them.
///
/// When examples leave, their lanes go idle; once the rest fits into fewer eighths of the batch the lanes are packed.
/// So at most eight batch sizes ever occur, and the native engine prepares its kernels for no more.
struct Lanes {
    /// The place in the batch of each lane.
    private(set) var places: [Int]
    /// Whether the lane is still attacked.
    var isLive: [Bool]
    private(set) var x: Tensor
    private var origin: Tensor, low: Tensor, high: Tensor
    private var memory: Tensor?
    private let width: Int
    private let attack: Attack
    private let range: ClosedRange<Float>
    private let quantum: Int
    private(set) var budgets: [Double]

    /// Lanes for some rows of a clean batch, at their starting points.
    init(
        _ attack: Attack, _ clean: Tensor, _ places: [Int], budgets: [Double], range: ClosedRange<Double>,
        keys: (Int) -> Key
    ) throws {
        (self.attack, self.places) = (attack, places)
        self.range = Float(range.lowerBound)...Float(range.upperBound)
        isLive = places.map { _ in true }
        self.budgets = places.map { budgets[$0] }
        width = clean.count / max(1, clean.shape[0])
        quantum = max(1, (clean.shape[0] + 7) / 8)
        origin = try clean.gatherRows(places)
        x = try origin.copied()
        low = try Tensor(empty: origin.shape)
        high = try Tensor(empty: origin.shape)
        if attack.direction.decay != nil { memory = try .zeros(origin.shape) }
        let starts = places.map(keys)
        forEachLane { i, lane in
            attack.ball.prepare(lane)
            attack.start.place(attack.ball, lane, starts[i])
        }
    }

    var count: Int { places.count }
    var liveLanes: [Int] { places.indices.filter { isLive[$0] } }

    /// The sum of |gradient| of each lane: 0 when there is none, not finite when an element is not.
    func sizes(of gradient: Tensor) throws -> [Double] {
        let g = try gradient.rowPointer()
        return places.indices.map { ck_gradient_size_f32(g + $0 * width, width) }
    }

    /// One step of every live lane along its gradient; a lane without one follows random signs.
    mutating func step(_ k: Int, _ gradient: Tensor, sizes: [Double], keys: (Int) -> Key) throws {
        try x.strided().storage.wasWritten()
        let g = Rows(base: try gradient.rowPointer()), memory = try memory.map { Rows(base: try $0.rowPointer()) }
        let width = width, attack = attack, live = isLive
        let random = places.indices.map { live[$0] && sizes[$0] == 0 ? keys(places[$0]) : nil }
        let lengths = budgets.map { attack.stepSize.length(k, attack.steps, $0) }
        forEachLane { i, lane in
            guard live[i] else { return }
            if let key = random[i] {
                return attack.ball.move(lane, randomDirection(key, width), lengths[i])
            }
            let slope = g.base + i * width
            guard let memory, let decay = attack.direction.decay else {
                return attack.ball.move(lane, slope, lengths[i])
            }
            let velocity = memory.base + i * width
            let scale = min(Double(width) / sizes[i], Double(Float.greatestFiniteMagnitude))
            ck_momentum_f32(velocity, slope, Float(decay), Float(scale), width)
            attack.ball.move(lane, velocity, lengths[i])
        }
        withExtendedLifetime(gradient) {}
    }

    /// Drops idle lanes when that saves at least an eighth of the batch.
    mutating func pack() throws {
        let live = liveLanes
        let wanted = (live.count + quantum - 1) / quantum * quantum
        guard !live.isEmpty, wanted < count else { return }
        let kept = Array((live + places.indices.filter { !isLive[$0] }).prefix(wanted))
        (x, origin, low, high) = (
            try x.gatherRows(kept), try origin.gatherRows(kept), try low.gatherRows(kept),
            try high.gatherRows(kept)
        )
        memory = try memory?.gatherRows(kept)
        (places, isLive, budgets) = (kept.map { places[$0] }, kept.map { isLive[$0] }, kept.map { budgets[$0] })
    }

    private func forEachLane(_ body: @Sendable (Int, Lane) -> Void) {
        guard let x = try? x.rowPointer(), let origin = try? origin.rowPointer(), let low = try? low.rowPointer(),
            let high = try? high.rowPointer()
        else { preconditionFailure("lanes are row-major") }
        let rows = (Rows(base: x), Rows(base: origin), Rows(base: low), Rows(base: high))
        let (width, budgets, range) = (width, budgets, range)
        Workers.split(count, grain: 32) { part in
            for i in part {
                let at = i * width
                body(
                    i,
                    Lane(
                        x: rows.0.base + at, origin: rows.1.base + at, low: rows.2.base + at, high: rows.3.base + at,
                        count: width, eps: budgets[i], range: range))
            }
        }
        withExtendedLifetime(self) {}
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
