/// An attack with a budget, as a value: parts of the one shared loop, put together.
///
/// The loop: start -> (loss and gradient -> keep the best point -> direction -> step -> confine) x steps, once per
/// restart; the point that counts is the best one by (the goal is reached, loss). Every point is confined to the ball
/// around the original input and to the input range. Random numbers are keyed by the example's index in the data, the
/// restart and the step.
public struct Attack: ObjectParameter, Recorded, HoldsCallbacks {
    public static let typeName = "Attack"

    public var record: Record
    public var objective = Objective.crossEntropy
    public var ball = Ball.linf
    public var start = Start.zero
    public var direction = Direction.gradient
    public var stepSize = StepSize.relative(2.5)
    public var eps: Budget
    /// Gradient steps per restart; 0 tries the starting points alone.
    public var steps: Int
    public var restarts = 1
    /// Gradient passes averaged per step, for models that are random.
    public var averaged = 1
    /// What to steer to; nil leaves the label.
    public var target: TargetRule?
    /// Whether examples leave the batch once their goal is reached; otherwise their loss is raised further.
    public var earlyStop = true
    public var seed = 0
    /// Examples per batch; nil is what suits the model.
    public var batch: Int?

    public init(_ name: String, eps: Budget, steps: Int) {
        (record, self.eps, self.steps) = (Record("attack.\(name)"), eps, steps)
    }

    /// `attack.pgd`.
    public var name: String { record.name }
    public var callbacks: [any Callback] { objective.callback.map { [$0] } ?? [] }
    var key: Key { Key(seed: seed) }

    /// The same attack with another budget.
    public func with(eps: Budget) -> Attack {
        var copy = self
        copy.eps = eps
        copy.record[parameter: "eps"] = eps.recorded
        return copy
    }

    /// The same attack with another seed.
    public func with(seed: Int) -> Attack {
        var copy = self
        copy.seed = seed
        copy.record[parameter: "seed"] = .int(seed)
        return copy
    }

    /// Whether the first gradient is that at the input itself: then one pass serves the first step of every eps.
    var startsAtInput: Bool { steps > 0 && start.name == Start.zero.name && averaged <= 1 }

    /// Whether the point depends on eps only through the length of one step from the input: then that pass is the only
    /// one.
    public var directionIsIndependentOfEps: Bool {
        startsAtInput && steps == 1 && restarts == 1 && target == nil && stepSize.name == StepSize.whole.name
    }
}

extension Attack: CustomStringConvertible {
    public var description: String { record.description }
}

extension Record {
    fileprivate subscript(parameter name: String) -> Value? {
        get { self[name] }
        set {
            guard let newValue, let place = parameters.firstIndex(where: { $0.name == name }) else { return }
            parameters[place].value = newValue
        }
    }
}
