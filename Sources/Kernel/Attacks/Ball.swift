import CKernels
import Glibc

/// How far apart two inputs are, in every norm that attacks use.
public struct Distances: Equatable, Sendable {
    public var l1: Double, l2: Double, linf: Double
    public static let zero = Distances(l1: 0, l2: 0, linf: 0)

    /// Between two rows of `count` elements, summed in double; nan when an element is.
    init(_ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int) {
        var out = [0.0, 0.0, 0.0]
        ck_distances_f32(x, y, count, &out)
        (l1, l2, linf) = (out[0], out[1], out[2])
    }
    init(l1: Double, l2: Double, linf: Double) { (self.l1, self.l2, self.linf) = (l1, l2, linf) }
}

/// The norm of a budget.
public enum Norm: String, Choice { case linf, l2, l1 }

/// One example being attacked: where it is, where it came from and what limits it.
struct Lane {
    let x: UnsafeMutablePointer<Float>
    let origin: UnsafePointer<Float>
    let count: Int
    let eps: Double
    /// The input range; an origin outside it widens it for that element.
    let range: ClosedRange<Float>

    func distances() -> Distances { Distances(x, origin, count) }
}

/// The set of allowed perturbations: all vectors of a norm up to eps, with what an attack does in it.
///
/// Contract of every ball: after `move` or `confine` the point lies in the input range and at most eps * (1 + 1e-6) from
/// the origin, measured exactly (in double) on the float32 numbers that a model will see.
public struct Ball: Sendable {
    public let norm: Norm
    /// The norm that turns a gradient into a rate of change: the size of the gradient in it, times eps, is how much a
    /// linear loss can rise.
    public let dual: Norm
    /// Moves by `alpha` along the direction of steepest ascent of the norm and stays confined.
    let move: @Sendable (Lane, _ gradient: UnsafePointer<Float>, _ alpha: Double) -> Void
    /// The nearest allowed point (projection on the ball, then clipping to the range, which never lengthens).
    let confine: @Sendable (Lane) -> Void
    /// A point uniform in the ball, not clipped.
    let sample: @Sendable (Lane, Key) -> Void

    public static func of(_ norm: Norm) -> Ball {
        switch norm {
        case .linf: linf
        case .l2: l2
        case .l1: l1
        }
    }
    public func size(_ distances: Distances) -> Double { Ball.size(distances, norm) }
    static func size(_ distances: Distances, _ norm: Norm) -> Double {
        switch norm {
        case .linf: distances.linf
        case .l2: distances.l2
        case .l1: distances.l1
        }
    }
}

extension Ball {
    /// |d_i| <= eps: the step is alpha * sign(gradient), the projection a clip.
    public static let linf = Ball(norm: .linf, dual: .l1) { lane, gradient, alpha in
        ck_linf_step_f32(
            lane.x, gradient, Float(alpha), lane.origin, lane.eps, lane.range.lowerBound, lane.range.upperBound,
            lane.count)
    } confine: { lane in
        ck_linf_clip_f32(
            lane.x, lane.origin, lane.eps, lane.range.lowerBound, lane.range.upperBound, lane.count)
    } sample: { lane, key in
        ck_random_uniform_f32(key.bits, 0, lane.x, lane.count)
        let eps = Float(lane.eps)
        for i in 0..<lane.count { lane.x[i] = lane.origin[i] + eps * (2 * lane.x[i] - 1) }
    }

    /// sqrt(sum d_i^2) <= eps: the step is alpha * gradient / |gradient|, the projection a scaling.
    public static let l2 = Ball(norm: .l2, dual: .l2) { lane, gradient, alpha in
        let size = euclid(gradient, lane.count)
        guard size > 0 else { return }
        lane.go(alpha / size, along: gradient)
        lane.shrink(to: \.l2)
    } confine: { lane in
        lane.shrink(to: \.l2)
        lane.clip()
    } sample: { lane, key in
        ck_random_normal_f32(key.bits, 0, lane.x, lane.count)
        let size = euclid(lane.x, lane.count)
        // The radius of a uniform point has the distribution u^(1/n).
        let radius = lane.eps * pow(key.fold("radius").uniform(), 1 / Double(lane.count))
        let scale = size > 0 ? radius / size : 0
        for i in 0..<lane.count { lane.x[i] = Float(Double(lane.origin[i]) + scale * Double(lane.x[i])) }
    }

    /// sum |d_i| <= eps: the step is steepest inside the range, the projection exact.
    public static let l1 = Ball(norm: .l1, dual: .linf) { lane, gradient, alpha in
        lane.spend(alpha, along: gradient)
        lane.projectL1()
    } confine: { lane in
        lane.projectL1()
        lane.clip()
    } sample: { lane, key in
        lane.sampleL1(key)
    }
}

private func euclid(_ x: UnsafePointer<Float>, _ count: Int) -> Double {
    sqrt((0..<count).reduce(0) { $0 + Double(x[$1]) * Double(x[$1]) })
}

extension Lane {
    /// The limits of an element by the range.
    private func low(_ i: Int) -> Float { min(range.lowerBound, origin[i]) }
    private func high(_ i: Int) -> Float { max(range.upperBound, origin[i]) }

    /// Clips to the range.
    func clip() {
        for i in 0..<count { x[i] = min(max(x[i], low(i)), high(i)) }
    }

    /// x += scale * gradient inside the range. A gradient too small for a finite factor is scaled up first.
    func go(_ scale: Double, along gradient: UnsafePointer<Float>) {
        let (lo, hi) = (range.lowerBound, range.upperBound)
        if scale < 1e30 { return ck_line_step_f32(x, gradient, Float(scale), origin, lo, hi, count) }
        let scaled = (0..<count).map { Float(Double(gradient[$0]) * scale) }
        ck_line_step_f32(x, scaled, 1, origin, lo, hi, count)
    }

    /// Scales the perturbation down to the budget. Rounding to float can leave it a hair too long; then once more.
    func shrink(to size: KeyPath<Distances, Double>) {
        for attempt in 0..<8 {
            let now = distances()[keyPath: size]
            guard now > eps * (attempt == 0 ? 1 : 1 + 1e-7) else { return }
            ck_shrink_f32(x, origin, eps / now * (1 - Double(attempt) * 1e-7), count)
        }
        if distances()[keyPath: size] > eps { x.update(from: origin, count: count) }
    }

    /// The largest gain of <gradient, d> over |d|_1 <= alpha inside the range: fills elements up to their limits, the
    /// steepest first, until alpha is spent. Without limits that is one element.
    ///
    /// Few elements are needed as a rule: the first are found by looking, and only then the rest is sorted.
    func spend(_ alpha: Double, along gradient: UnsafePointer<Float>) {
        var sizes = [Float](repeating: 0, count: count)
        for i in 0..<count where gradient[i] > 0 ? x[i] < high(i) : x[i] > low(i) { sizes[i] = abs(gradient[i]) }
        var rest = alpha
        for _ in 0..<min(12, count) where rest > 0 {
            var best = 0
            for i in 1..<max(1, count) where sizes[i] > sizes[best] { best = i }
            push(best, gradient[best], &rest)
            sizes[best] = 0
        }
        guard rest > 0 else { return }
        let order = sizes.indices.filter { sizes[$0] > 0 }
        for i in order.sorted(by: { (sizes[$0], $1) > (sizes[$1], $0) }) where rest > 0 {
            push(i, gradient[i], &rest)
        }
    }

    private func push(_ i: Int, _ slope: Float, _ rest: inout Double) {
        let room = Double(slope > 0 ? high(i) - x[i] : x[i] - low(i))
        let amount = slope == 0 ? 0 : max(0, min(rest, room))
        let moved = Float(Double(x[i]) + (slope > 0 ? amount : -amount))
        x[i] = min(max(moved, low(i)), high(i))
        rest -= amount
    }

    /// Euclidean projection on the L1 ball: soft thresholding at the level that leaves exactly eps.
    func projectL1() {
        if distances().l1 > eps {
            let delta = (0..<count).map { Double(x[$0]) - Double(origin[$0]) }
            let level = simplexLevel(delta)
            for i in 0..<count {
                let kept = max(0, abs(delta[i]) - level)
                x[i] = Float(Double(origin[i]) + (delta[i] < 0 ? -kept : kept))
            }
        }
        shrink(to: \.l1)
    }

    /// The level at which the sizes above it exceed it by eps in total. Dropping what lies below the level that the
    /// others would need never drops too much, and ends after a few rounds (Michelot 1986).
    private func simplexLevel(_ delta: [Double]) -> Double {
        var sizes = delta.map(abs), kept = sizes.count
        while true {
            var sum = 0.0
            for i in 0..<kept { sum += sizes[i] }
            let level = (sum - eps) / Double(kept)
            var left = 0
            for i in 0..<kept where sizes[i] > level {
                sizes[left] = sizes[i]
                left += 1
            }
            if left == kept || left == 0 { return max(0, level) }
            kept = left
        }
    }

    /// Uniform in the L1 ball: n + 1 exponentials over their sum are uniform on the simplex; signs are free.
    func sampleL1(_ key: Key) {
        ck_random_uniform_f32(key.bits, 0, x, count)
        let rest = -log(1 - key.fold("radius").uniform())
        var total = rest
        for i in 0..<count {
            x[i] = Float(-log(1 - Double(x[i])))
            total += Double(x[i])
        }
        let scale = total > 0 ? eps / total : 0
        var signs = [UInt32](repeating: 0, count: count)
        ck_random_bits(key.fold("sign").bits, 0, &signs, count)
        for i in 0..<count {
            let d = scale * Double(x[i])
            x[i] = Float(Double(origin[i]) + (signs[i] & 1 == 0 ? d : -d))
        }
    }
}
