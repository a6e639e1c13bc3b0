import CKernels

// The parts of the shared loop that are neither a ball nor an objective: where it starts, what it follows, how far.

/// Where an attack begins, inside the ball.
public struct Start: Sendable {
    public let name: String
    /// Moves a lane there from the input; nil for nowhere else.
    let place: (@Sendable (Ball, Lane, Key) -> Void)?

    /// At the input itself.
    public static let zero = Start(name: "zero", place: nil)
    /// At a point uniform in the ball, then clipped to the input range.
    public static let uniform = Start(name: "uniform") { ball, lane, key in
        ball.sample(lane, key)
        ball.confine(lane)
    }
    /// A step of `alpha` along random signs (Tramer et al. 2018).
    public static func signs(_ alpha: Double) -> Start {
        Start(name: "signs(\(numberText(alpha)))") { ball, lane, key in
            var bits = [UInt32](repeating: 0, count: lane.count)
            ck_random_bits(key.bits, 0, &bits, bits.count)
            for i in bits.indices { lane.x[i] += Float(bits[i] & 1 == 0 ? alpha : -alpha) }
            ball.confine(lane)
        }
    }
}

/// What an attack follows: the gradient, or a memory of gradients.
public struct Direction: Sendable {
    public let name: String
    /// The decay of the memory; nil keeps none.
    let decay: Double?

    public static let gradient = Direction(name: "gradient", decay: nil)
    /// g = decay * g + gradient / mean |gradient| (MI-FGSM, Dong et al. 2018; the mean as in the common libraries).
    public static func momentum(_ decay: Double) -> Direction {
        Direction(name: "momentum(\(numberText(decay)))", decay: decay)
    }
}

/// The length of a step, in the norm of the ball, from the step's number, the number of steps and eps.
public struct StepSize: Sendable {
    public let name: String
    let length: @Sendable (_ step: Int, _ steps: Int, _ eps: Double) -> Double

    public static func fixed(_ alpha: Double) -> StepSize { StepSize(name: numberText(alpha)) { _, _, _ in alpha } }
    /// `factor` * eps / steps.
    public static func relative(_ factor: Double) -> StepSize {
        StepSize(name: "\(numberText(factor)) * eps / steps") { _, steps, eps in factor * eps / Double(max(1, steps)) }
    }
    /// The whole budget at once.
    public static let whole = StepSize(name: "eps") { _, _, eps in eps }
    /// What a first step of `alpha` leaves of the budget.
    public static func remaining(after alpha: Double) -> StepSize {
        StepSize(name: "eps - \(numberText(alpha))") { _, _, eps in max(0, eps - alpha) }
    }
}

/// The class that a targeted attack steers to.
public enum TargetRule: Sendable, Equatable {
    /// Any class but the label, from the seed.
    case random
    /// The label plus one, around the end.
    case next
    /// The class with the smallest clean logit.
    case leastLikely
    case fixed(Int)
    case each([Int])

    /// One class per example of a batch; `indices` are the examples' in the data.
    func classes(labels: [Int], logits: Tensor, indices: [Int], key: Key) throws -> [Int] {
        let count = logits.shape[1]
        switch self {
        case .next: return labels.map { ($0 + 1) % count }
        case .fixed(let target): return labels.map { _ in target }
        case .each(let targets): return indices.map { targets[$0] }
        case .random:
            return labels.enumerated().map { place, label in
                (label + 1 + Int(key.fold("target").fold(indices[place]).uniform() * Double(count - 1))) % count
            }
        case .leastLikely:
            let z = try logits.array(Double.self)
            return labels.indices.map { row in
                (0..<count).reduce(0) { z[row * count + $1] < z[row * count + $0] ? $1 : $0 }
            }
        }
    }
}

extension TargetRule: ParameterValue {
    public static let typeName = "\"random\"|\"next\"|\"least_likely\"|integer|Tensor|integer[]"
    public static var takesList: Bool { true }
    public init?(_ value: Value) throws {
        switch value {
        case .text("random"): self = .random
        case .text("next"): self = .next
        case .text("least_likely"): self = .leastLikely
        default:
            if let target = Int(value) {
                self = .fixed(target)
            } else if let list = try [Int](value) {
                self = .each(list)
            } else if let tensor = try Tensor(value) {
                self = .each(try tensor.array(Int64.self).map(Int.init))
            } else {
                return nil
            }
        }
    }
    public var recorded: Value {
        switch self {
        case .random: .text("random")
        case .next: .text("next")
        case .leastLikely: .text("least_likely")
        case .fixed(let target): .int(target)
        case .each(let targets): .integers(targets)
        }
    }
}
