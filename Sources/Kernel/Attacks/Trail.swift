import CKernels

/// What the first layer of a model made of the points of an attack, kept from one gradient pass to the next.
///
/// Between two steps most pixels either stay where they are, soon nearly all of them at the limits of their box, or go on by
/// the same step as before. So the sums of a linear layer that reads the points themselves go on at their rate, which only
/// pixels that stop, turn or start change. Which way a row goes depends on that row alone, so its numbers do not depend on
/// its neighbours in the batch. Whatever changes the weight ends the trail; the passes then go the usual way.
///
/// The sums are as exact as those of whole images: a pixel is off by at most one unit in the last place, and rounding that
/// adds up from pass to pass is dropped by beginning anew now and then.
final class Trail: @unchecked Sendable {
    /// Passes until the sums begin anew.
    private static let longest = 32
    private var points: Tensor
    private var layer: Layer?
    private var passes = 0, isClosed = false

    private struct Layer {
        let weight: Storage, offset: Int, version: Int
        let shape: [Int]
        /// Where the sums are and how far they went there in the last pass, [N, in]; the sums and how much they changed,
        /// [N, out]; the size of the largest element of a point since its sums began, [N].
        var point: Tensor, pace: Tensor, sums: Tensor, rate: Tensor, largest: Tensor
    }

    /// Whether the last pass may have gone by the trail.
    var isFollowed: Bool { layer != nil && !isClosed }

    /// - Parameter points: the examples under attack, which are moved in place.
    init(of points: Tensor) { self.points = points }

    /// From now on the points are these, copies of the listed rows of those before.
    func keep(_ rows: [Int], as points: Tensor) throws {
        self.points = points
        guard var layer else { return }
        (layer.point, layer.pace) = (try layer.point.gatherRows(rows), try layer.pace.gatherRows(rows))
        (layer.sums, layer.rate) = (try layer.sums.gatherRows(rows), try layer.rate.gatherRows(rows))
        layer.largest = try layer.largest.gatherRows(rows)
        self.layer = layer
    }

    /// x·Wᵀ + b, then max(0, y) when `relu`, for x [N, in]; nil when x is not the points, or the weight [out, in] is not the
    /// one that is followed. Not recorded.
    func linear(_ x: Tensor, _ weight: Tensor, _ bias: Tensor?, relu: Bool) throws -> Tensor? {
        guard !isClosed, try isPoints(x), weight.isContiguous, bias?.isContiguous ?? true,
            let layer = try layer(for: weight)
        else { return nil }
        let (n, m) = (x.shape[0], weight.shape[0]), moved = try Tensor(empty: x.shape)
        let anew = try follow(x, layer, moved)
        let factor = SparseRows.Factor(tensor: weight, isTransposed: true, isFixed: true, adds: true)
        guard let changes = try SparseRows(moved, columnsOfProduct: m),
            try changes.multiply(Array(0..<Int32(n)), by: factor, into: layer.rate)
        else {
            isClosed = true
            return nil
        }
        passes += 1
        return try sum(layer, bias, relu: relu, anew)
    }

    private func isPoints(_ x: Tensor) throws -> Bool {
        guard x.dtype == .float32, x.rank == 2, x.isContiguous, x.shape[0] == points.shape[0], x.count == points.count
        else {
            return false
        }
        return try x.strided().storage === points.strided().storage
    }

    /// The layer of this weight; the first weight of a size that pays is the one to be followed.
    private func layer(for weight: Tensor) throws -> Layer? {
        let (storage, offset, _) = try weight.strided()
        if layer == nil { layer = try begin(weight, storage, offset) }
        guard let layer, layer.weight === storage, layer.offset == offset,
            layer.shape == weight.shape
        else { return nil }
        isClosed = layer.version != storage.version
        return isClosed ? nil : layer
    }

    private func begin(_ weight: Tensor, _ storage: Storage, _ offset: Int) throws -> Layer? {
        let (n, m, k) = (points.shape[0], weight.shape[0], weight.shape[1])
        guard m >= SparseRows.leastColumns, (SparseRows.leastInputs...SparseRows.mostInner).contains(k)
        else { return nil }
        return Layer(
            weight: storage, offset: offset, version: storage.version, shape: weight.shape,
            point: try .zeros([n, k]), pace: try .zeros([n, k]), sums: try .zeros([n, m]), rate: try .zeros([n, m]),
            largest: try .zeros([n]))
    }

    /// What each row has to add to its rate goes to `moved`; whether its sums begin anew.
    private func follow(_ x: Tensor, _ layer: Layer, _ moved: Tensor) throws -> [Bool] {
        let (n, k, m) = (x.shape[0], x.shape[1], layer.rate.shape[1]), all = passes % Trail.longest == 0
        let x = try x.rows(), to = try moved.rows()
        let (point, pace, rate) = (try layer.point.rows(), try layer.pace.rows(), try layer.rate.rows())
        let largest = try layer.largest.rows()
        return [Bool](unsafeUninitializedCapacity: n) { flags, count in
            nonisolated(unsafe) let flags = flags
            Workers.split(n, grain: 64) { part in
                for i in part {
                    var trail = ck_trail(
                        point: point.base + i * k, pace: pace.base + i * k, rate: rate.base + i * m,
                        largest: largest.base + i)
                    flags[i] = ck_trail_follow_f32(x.base + i * k, &trail, k, m, all, to.base + i * k)
                }
            }
            count = n
        }
    }

    /// Goes on at the new rates: the layer's result.
    private func sum(_ layer: Layer, _ bias: Tensor?, relu: Bool, _ anew: [Bool]) throws -> Tensor {
        let (n, m) = (layer.sums.shape[0], layer.sums.shape[1]), k = layer.point.shape[1]
        let result = try Tensor(empty: [n, m])
        let y = try result.rows(), rate = try layer.rate.rows(), sums = try layer.sums.rows()
        let start = try bias?.rows(), point = try layer.point.rows()
        Workers.split(n, grain: 64) { part in
            for i in part {
                let at = i * m
                let isFinite = ck_trail_sum_f32(
                    rate.base + at, sums.base + at, start?.base, y.base + at, m, relu, anew[i])
                // Nothing is near nan: the next pass begins anew.
                if !isFinite { point.base[i * k] = .nan }
            }
        }
        withExtendedLifetime((layer, bias)) {}
        return result
    }
}

extension Tensor {
    fileprivate func rows() throws -> Rows { Rows(base: try rowPointer()) }
}
