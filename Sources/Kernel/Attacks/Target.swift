import CKernels
import Synchronization

/// How often a model was asked, counted per example: a batch of 128 is 128.
public struct Passes: Equatable, Sendable {
    public var forwards = 0, backwards = 0
    static func += (a: inout Passes, b: Passes) {
        a.forwards += b.forwards
        a.backwards += b.backwards
    }
    public static func - (a: Passes, b: Passes) -> Passes {
        Passes(forwards: a.forwards - b.forwards, backwards: a.backwards - b.backwards)
    }
}

/// What an attack sees of a model: logits that decide, and gradients to follow.
///
/// Verdict and gradient may come from two models: a transfer attack, or integer arithmetic followed through its
/// differentiable twin. Asking never changes a model's mode, its parameters or their gradients.
public final class Target: ObjectParameter, HoldsCallbacks {
    public static let typeName = "Target"

    /// Logits [N, classes] of a batch [N, ...]; recorded when gradients are.
    public typealias Forward = @Sendable (Tensor) throws -> Tensor

    /// What the model is, with its quantizers, as text.
    public let name: String
    /// What the gradients come from, nil when it is the same model.
    public let surrogateName: String?
    /// The declared input range; attacks clip to it.
    public let range: ClosedRange<Double>
    /// Whether one model gives both, so that a gradient pass tells the verdict too.
    public let isSingle: Bool
    /// Whether an attack may ask for the verdict at every step. Off for transfer: it is crafted on the surrogate alone.
    public let asksVerdict: Bool
    /// How many examples are asked about at a time unless the attack says otherwise.
    public let examplesPerPass: Int
    /// The functions of the scripting language that the models are made of.
    public let callbacks: [any Callback]
    private let verdict: Forward
    private let surrogate: Forward?
    private let share: @Sendable () throws -> Bool
    private let counter = Mutex(Passes())

    /// One model for both.
    public init(
        _ name: String, range: ClosedRange<Double> = 0...1, callbacks: [any Callback] = [],
        examplesPerPass: Int = Target.usualExamplesPerPass,
        share: @escaping @Sendable () throws -> Bool = { false }, forward: @escaping Forward
    ) {
        self.share = share
        (self.callbacks, self.examplesPerPass) = (callbacks, examplesPerPass)
        (self.name, surrogateName, self.range) = (name, nil, range)
        (isSingle, asksVerdict) = (true, true)
        (verdict, surrogate) = (forward, forward)
    }

    /// Verdicts from one model and gradients from another; no gradients at all without a second one.
    public init(
        _ name: String, range: ClosedRange<Double> = 0...1, verdict: @escaping Forward,
        surrogate: (name: String, forward: Forward)?, asksVerdict: Bool = true, callbacks: [any Callback] = [],
        examplesPerPass: Int = Target.usualExamplesPerPass,
        share: @escaping @Sendable () throws -> Bool = { false }
    ) {
        self.share = share
        (self.callbacks, self.examplesPerPass) = (callbacks, examplesPerPass)
        (self.name, surrogateName, self.range) = (name, surrogate?.name, range)
        (isSingle, self.asksVerdict) = (false, asksVerdict)
        (self.verdict, self.surrogate) = (verdict, surrogate?.forward)
    }

    /// Where nothing is known of a model's layers.
    public static let usualExamplesPerPass = 128

    /// Passes since the target was made.
    public var passes: Passes { counter.withLock { $0 } }
    public var givesGradients: Bool { surrogate != nil }
    /// Whether several threads may ask at the same time from now on, until somebody changes a model.
    func sharesModel() throws -> Bool { try share() }

    /// Logits [N, classes] of the model that decides.
    public func logits(_ x: Tensor) throws -> Tensor {
        counter.withLock { $0.forwards += x.shape.first ?? 0 }
        return try checked(Context.withoutGradients { try verdict(x) }, x)
    }

    /// Logits of the model that gives gradients.
    public func surrogateLogits(_ x: Tensor) throws -> Tensor {
        guard let surrogate else { throw missingGradient() }
        counter.withLock { $0.forwards += x.shape.first ?? 0 }
        return try checked(Context.withoutGradients { try surrogate(x) }, x)
    }

    /// One pass forward and back through the gradient model.
    public struct Slope {
        /// Of the gradient model.
        public let logits: Tensor
        /// One loss per example.
        public let losses: [Double]
        /// d loss / d x, of x's shape; zero when nothing connects the logits with the input.
        public let gradient: Tensor
    }

    /// Losses of the objective at x and their gradients with respect to x, the parameters being constants.
    public func gradient(_ x: Tensor, _ objective: Objective, _ goal: Goal) throws -> Slope {
        try gradients(x, [objective], goal)[0]
    }

    /// The same for several objectives, from one pass forward.
    func gradients(_ x: Tensor, _ objectives: [Objective], _ goal: Goal) throws -> [Slope] {
        guard let surrogate else { throw missingGradient() }
        counter.withLock {
            $0.forwards += x.shape.first ?? 0
            $0.backwards += (x.shape.first ?? 0) * objectives.count
        }
        let leaf = try x.detached().requireGrad()
        let logits = try checked(Context.withGradients { try surrogate(leaf) }, x)
        try Target.check(goal, classes: logits.shape[1])
        let values = logits.detached()
        return try objectives.enumerated().map { place, objective in
            let loss = try objective.evaluate(values, goal), isLast = place == objectives.count - 1
            let gradient =
                logits.node == nil
                ? nil : try Autograd.gradients(of: logits, wrt: [leaf], seed: loss.slope, retain: !isLast)[0]
            return Slope(logits: values, losses: loss.losses, gradient: try gradient ?? .zeros(x.shape, x.dtype))
        }
    }

    /// Every class of a goal must be one that the model knows.
    static func check(_ goal: Goal, classes: Int) throws {
        if let bad = goal.classes.first(where: { !(0..<classes).contains($0) }) {
            throw KernelError.value(
                op: "attack", name: goal.targeted ? "target" : "labels", expected: "classes 0 to \(classes - 1)",
                got: "\(bad)")
        }
    }

    private func checked(_ logits: Tensor, _ x: Tensor) throws -> Tensor {
        guard logits.rank == 2, logits.shape[0] == x.shape.first, logits.shape[1] >= 2 else {
            throw KernelError.shape(
                op: "attack", shapes: [logits.shape, x.shape],
                reason: "a model that gives logits [N, classes >= 2] expected")
        }
        return logits
    }

    func requireGradients(_ op: String) throws {
        guard surrogate == nil else { return }
        throw KernelError.state(
            op: op, reason: "\(name) gives no gradients; pass gradient_from = a differentiable model")
    }

    private func missingGradient() -> KernelError {
        .state(op: "attack", reason: "\(name) gives no gradients; pass gradient_from = a differentiable model")
    }
}

/// A model that can be attacked: it says how it decides and, if it can, what its gradients come from.
public protocol Attackable: Sendable {
    /// What stands for the model in results: its recipe and quantizers.
    var attackedName: String { get }
    /// Logits in evaluation mode, parameters constant.
    var verdict: Target.Forward { get }
    /// A recorded forward pass with parameters constant; nil when the model cannot be differentiated.
    var surrogate: Target.Forward? { get }
    /// Whether `surrogate` computes the same function as `verdict`.
    var isDifferentiable: Bool { get }
    /// The functions of the scripting language that the model is made of.
    var callbacks: [any Callback] { get }
    /// How many examples a pass should take together; a matter of speed.
    var examplesPerPass: Int { get }
    /// Makes what passes would make when they first want it, so that several threads may run them at once; false where
    /// they may not, or where each divides its work better itself.
    func sharedAmongThreads() throws -> Bool
}

extension Attackable {
    public var callbacks: [any Callback] { [] }
    public var examplesPerPass: Int { Target.usualExamplesPerPass }
    public func sharedAmongThreads() throws -> Bool { false }
}

extension Module: Attackable {
    public var attackedName: String {
        guard let quantizers = quantizationText else { return "\(record)" }
        return "\(record)\n" + quantizers
    }
    public var verdict: Target.Forward { { [self] in try forward($0, .evaluation) } }
    public var surrogate: Target.Forward? { verdict }
    public var isDifferentiable: Bool { true }

    /// What convolutions leave of every batch under way must fit into memory, and into the caches that processors share;
    /// with more threads these divide each convolution.
    private static let mostBatchesOfImages = 4

    public func sharedAmongThreads() throws -> Bool {
        guard !hasConvolution || Workers.count <= Module.mostBatchesOfImages else { return false }
        for module in modules.map(\.module) {
            for (_, tensor) in module.parameters + module.buffers { _ = try tensor.strided() }
            guard module.kind.hasWeight else { continue }
            _ = try module.effectiveWeight(.evaluation).strided()
            _ = try module.effectiveBias(.evaluation)?.strided()
        }
        return true
    }
}

extension Target {
    /// A target for a model as it is deployed, gradients from itself, its own twin, or another model.
    ///
    /// - Parameter queries: whether the attack may ask the deployed model at each step; by default when the gradients
    ///   are its own or its twin's, not when they are another model's.
    public convenience init(
        _ model: any Attackable, gradientsFrom other: (any Attackable)? = nil, range: ClosedRange<Double> = 0...1,
        queries: Bool? = nil
    ) {
        let callbacks = model.callbacks + (other?.callbacks ?? [])
        if let other {
            self.init(
                model.attackedName, range: range, verdict: model.verdict,
                surrogate: other.surrogate.map { (other.attackedName, $0) }, asksVerdict: queries ?? false,
                callbacks: callbacks, examplesPerPass: min(model.examplesPerPass, other.examplesPerPass),
                share: { try model.sharedAmongThreads() && other.sharedAmongThreads() })
        } else if model.isDifferentiable {
            self.init(
                model.attackedName, range: range, callbacks: callbacks, examplesPerPass: model.examplesPerPass,
                share: { try model.sharedAmongThreads() }, forward: model.verdict)
        } else {
            self.init(
                model.attackedName, range: range, verdict: model.verdict,
                surrogate: model.surrogate.map { ("its differentiable twin", $0) }, asksVerdict: queries ?? true,
                callbacks: callbacks, examplesPerPass: model.examplesPerPass)
        }
    }
}

extension Tensor {
    /// The class with the largest logit per row, the first of equal ones; -1 for a row with nan.
    func predictions() throws -> [Int] {
        let (rows, classes) = (shape[0], shape[1]), logits = dtype == .float64 ? self : try converted(to: .float32)
        return try .init(unsafeUninitializedCapacity: rows) { found, count in
            if dtype == .float64 {
                try logits.read(Double.self) {
                    ck_predictions_f64($0.baseAddress!, found.baseAddress!, rows, classes)
                }
            } else {
                try logits.read(Float.self) {
                    ck_predictions_f32($0.baseAddress!, found.baseAddress!, rows, classes)
                }
            }
            count = rows
        }
    }

    /// Whether the two largest logits of a row are the same but for rounding: within 1e-5 of the largest size.
    func closeCalls() throws -> [Bool] {
        let (rows, classes) = (shape[0], shape[1])
        return try converted(to: .float32).read(Float.self) { values in
            (0..<rows).map { row in
                var first = -Float.infinity, second = first, size: Float = 0
                for k in row * classes..<(row + 1) * classes {
                    let value = values[k]
                    (first, second) = value > first ? (value, first) : (first, max(second, value))
                    size = max(size, abs(value))
                }
                return first - second <= 1e-5 * size
            }
        }
    }
}
