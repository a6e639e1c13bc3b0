import Glibc

/// What an attack wants of each example: away from its label, or towards a class.
public struct Goal: Sendable {
    /// One class per example: the label to leave, or the class to reach.
    public var classes: [Int]
    public var targeted: Bool
    public init(_ classes: [Int], targeted: Bool = false) { (self.classes, self.targeted) = (classes, targeted) }

    /// Whether a predicted class is what the attack wants for the example at this place.
    public func isReached(_ prediction: Int, at place: Int) -> Bool {
        targeted ? prediction == classes[place] : prediction != classes[place]
    }
    func rows(_ places: [Int]) -> Goal { Goal(places.map { classes[$0] }, targeted: targeted) }
}

/// A loss per example that an attack raises, with its derivative by the logits.
///
/// The built-in losses are computed in double from the float32 logits and without cancellation: at a margin of 40 the
/// cross-entropy still has a slope of 4e-18, where single precision would give 0.
public struct Objective: Sendable {
    public let name: String
    typealias Rule = @Sendable (_ logits: Tensor, _ goal: Goal, _ wantsSlope: Bool) throws -> Evaluation
    private let rule: Rule
    /// The function of the scripting language behind it, if any.
    let callback: (any Callback)?
    /// Whether it is a built-in rule: each row by itself, on any thread.
    private(set) var isRowwise = false

    struct Evaluation {
        var losses: [Double]
        var slope: Tensor
    }

    init(
        _ name: String, callback: (any Callback)? = nil, _ rule: @escaping Rule
    ) {
        (self.name, self.callback, self.rule) = (name, callback, rule)
    }

    /// Losses [N] to be raised and their derivative by the logits [N, C].
    func evaluate(_ logits: Tensor, _ goal: Goal) throws -> Evaluation { try rule(logits, goal, true) }
    /// The losses alone.
    func losses(_ logits: Tensor, _ goal: Goal) throws -> [Double] { try rule(logits, goal, false).losses }

    /// -log softmax at the label; towards a class, the negative of it at that class.
    ///
    /// Worked: logits 2, 1, 0 and label 0 give 0.4076 and slopes -0.3348, 0.2447, 0.0900.
    public static let crossEntropy = perRow("cross_entropy") { z, y, slope in
        var top = z[0]
        for k in z.indices { top = max(top, z[k]) }
        var others = 0.0
        for k in z.indices {
            slope[k] = exp(z[k] - top)
            if k != y { others += slope[k] }
        }
        let own = slope[y], total = own + others
        for k in z.indices { slope[k] /= total }
        slope[y] = -others / total
        let loss = log1p(others / own)
        return loss.isFinite ? loss : top - z[y] + log(total)
    }

    /// The largest other logit minus the label's: positive when the example is misclassified (Carlini, Wagner 2017).
    public static let margin = perRow("margin") { z, y, slope in
        var best = y == 0 ? 1 : 0
        for k in z.indices where k != y && z[k] > z[best] { best = k }
        (slope[best], slope[y]) = (1, -1)
        return z[best] - z[y]
    }

    /// The same loss of logits divided by a temperature. Above 1 it revives a saturated cross-entropy.
    public func tempered(_ temperature: Double) -> Objective {
        if temperature == 1 { return self }
        var tempered = Objective(name, callback: callback) { logits, goal, wantsSlope in
            var result = try rule(logits.mul(.number(1 / temperature)), goal, wantsSlope)
            guard wantsSlope else { return result }
            result.slope = try result.slope.mul(.number(1 / temperature))
            return result
        }
        tempered.isRowwise = isRowwise
        return tempered
    }

    /// A loss written as a function `f(logits, y)` that returns one number per example, recorded as it computes. What it
    /// returns is raised as it stands, targeted or not; y holds the target classes of a targeted attack.
    public static func function(
        _ name: String = "function", callback: (any Callback)? = nil,
        _ f: @escaping @Sendable (Tensor, Tensor) throws -> Tensor
    ) -> Objective {
        Objective(name, callback: callback) { logits, goal, wantsSlope in
            let leaf = try logits.detached().requireGrad()
            let labels = try Tensor(goal.classes.map(Int64.init))
            let losses = try Context.withGradients { try f(leaf, labels) }
            guard losses.shape == [logits.shape[0]], losses.dtype.isFloat else {
                throw KernelError.shape(
                    op: "objective", shapes: [losses.shape],
                    reason: "one loss per example, \(shapeText([logits.shape[0]])), expected")
            }
            guard wantsSlope else { return Evaluation(losses: try losses.array(Double.self), slope: .absent) }
            let gradient =
                losses.node == nil
                ? nil : try Autograd.gradients(of: losses, wrt: [leaf], seed: .ones(losses.shape, losses.dtype))[0]
            return Evaluation(
                losses: try losses.array(Double.self), slope: try gradient ?? .zeros(logits.shape, logits.dtype))
        }
    }

    /// Loss and slope row by row, in double; a targeted goal turns both round. The slope comes as zeros.
    private static func perRow(
        _ name: String,
        _ rule:
            @escaping @Sendable (
                _ z: UnsafeBufferPointer<Double>, _ y: Int, _ slope: UnsafeMutableBufferPointer<Double>
            ) -> Double
    ) -> Objective {
        var objective = Objective(name) { logits, goal, wantsSlope in
            let classes = logits.shape[1], sign: Double = goal.targeted ? -1 : 1
            let z = try logits.array(Double.self)
            // Slopes that nobody wants go over one another.
            var slopes = [Double](repeating: 0, count: wantsSlope ? z.count : classes)
            let losses = Operations.run("attack loss", elements: 2 * z.count) {
                z.withUnsafeBufferPointer { z in
                    slopes.withUnsafeMutableBufferPointer { slopes in
                        goal.classes.indices.map { place in
                            let row = place * classes..<(place + 1) * classes, own = wantsSlope ? row : 0..<classes
                            return sign
                                * rule(.init(rebasing: z[row]), goal.classes[place], .init(rebasing: slopes[own]))
                        }
                    }
                }
            }
            guard wantsSlope else { return Evaluation(losses: losses, slope: .absent) }
            let slope = try Tensor(slopes.map { Float(sign * $0) }, logits.shape).converted(to: logits.dtype)
            return Evaluation(losses: losses, slope: slope)
        }
        objective.isRowwise = true
        return objective
    }
}

/// The loss as a parameter: a name or a function.
public struct ObjectiveChoice: ParameterValue {
    public let objective: Objective
    public static let typeName = "\"cross_entropy\"|\"margin\"|function"
    public static let crossEntropy = ObjectiveChoice(objective: .crossEntropy)
    public static let named: [Objective] = [.crossEntropy, .margin]

    init(objective: Objective) { self.objective = objective }
    public init?(_ value: Value) throws {
        switch value {
        case .text(let name):
            guard let known = Self.named.first(where: { $0.name == name }) else { return nil }
            objective = known
        case .callback(let callback):
            objective = .function(callback: callback) { logits, labels in
                let results = try callback.call([.object(logits), .object(labels)])
                guard case .object(let object)? = results.first, let losses = object as? Tensor else {
                    throw KernelError.value(
                        op: "objective", name: "result", expected: "Tensor with one loss per example",
                        got: results.first?.errorText ?? "nothing")
                }
                return losses
            }
        default: return nil
        }
    }
    public var recorded: Value { objective.callback.map { .callback($0) } ?? .text(objective.name) }
}
