import CKernels

/// Settings of a training run.
public struct FitOptions: Sendable {
    public var epochs = 10
    public var batch = 128
    public var optimizer: Optimizer
    public var loss: Loss
    public var schedule: Schedule?
    /// Share of the examples, the last ones, kept out of training and measured after each epoch.
    public var holdout = 0.0
    /// Stop after so many epochs without a better held-out figure, and restore the best weights; nil never stops.
    public var patience: Int?
    public var monitor = Monitor.accuracy
    /// Makes the examples of each batch adversarial before the step.
    public var adversary: (any Adversary)?
    /// Keeps every parameter in [-c, c] after each step.
    public var clipWeights: Double?
    public var seed: Int?
    public var record = Record("fit")
    /// Whether steps may be planned; tests compare both ways.
    var mayPlan = true

    public enum Monitor: String, Choice { case accuracy, loss }
    public init(optimizer: Optimizer, loss: Loss) { (self.optimizer, self.loss) = (optimizer, loss) }
}

/// Anything that turns a batch into adversarial examples for the model as it is now.
public protocol Adversary: Sendable {
    func perturb(_ module: Module, _ x: Tensor, _ y: Tensor, key: Key) throws -> Tensor
}

extension Module {
    /// Trains the parameters in place.
    /// - Throws: `KernelError` for settings and data that do not fit; `Interrupted`, with the weights as they are then.
    public func fit(_ examples: Examples, _ options: FitOptions) throws -> History {
        let held = Int((Double(examples.count) * options.holdout).rounded())
        guard examples.count - held > 0 else {
            throw KernelError.value(
                op: "fit", name: "holdout", expected: "a share that leaves examples to train on",
                got: "\(options.holdout)")
        }
        let training = examples.slice(0..<examples.count - held)
        let holdout = held > 0 ? examples.slice(examples.count - held..<examples.count) : nil
        var run = try TrainingRun(self, training, holdout, options)
        try run.go()
        return run.history
    }
}

/// One training run at work.
struct TrainingRun {
    let history: History
    private let module: Module
    private let training: Examples
    private let holdout: Examples?
    private let options: FitOptions
    private let parameters: [Tensor]
    private let optimizer: Optimizer.State
    /// For batches of full size.
    private let plan: DensePlan?
    private let key: Key
    private var best: (figure: Double, state: [(name: String, tensor: Tensor)])?
    private var waited = 0

    init(_ module: Module, _ training: Examples, _ holdout: Examples?, _ options: FitOptions) throws {
        (self.module, self.training, self.holdout, self.options) = (module, training, holdout, options)
        parameters = module.namedParameters.map(\.tensor)
        optimizer = Optimizer.State(options.optimizer, parameters)
        plan = options.mayPlan ? try DensePlan(module, options.loss, rows: min(options.batch, training.count)) : nil
        key = Session.key(seed: options.seed).fold("fit")
        history = History(options.record)
    }

    mutating func go() throws {
        let batches = (training.count + options.batch - 1) / options.batch
        try Progress.track("fit", total: options.epochs * batches, unit: "batches") { step in
            for epoch in 0..<options.epochs {
                let done = epoch * batches
                try runEpoch(epoch, batches) { try step(done + $0, $1) }
                if try judge(epoch) { break }
            }
        }
        plan?.rememberSharing()
        if let best { try module.load(best.state) } else { history.best = history.epochs.count }
    }

    private func runEpoch(_ epoch: Int, _ batches: Int, _ step: (Int, String) throws -> Void) throws {
        let start = monotonicSeconds()
        let order = key.fold("order").fold(epoch).permutation(training.count)
        var loss = 0.0, correct = 0, rate = options.optimizer.rate
        for batch in 0..<batches {
            let low = batch * options.batch, high = min(low + options.batch, training.count)
            rate =
                options.optimizer.rate
                * (options.schedule?.factor(Double(epoch) + Double(batch) / Double(batches), options.epochs) ?? 1)
            let (sum, hits) = try trainStep(Array(order[low..<high]), key.fold(epoch).fold(batch), rate)
            loss += sum
            correct += hits
            try step(batch + 1, "epoch \(epoch + 1), loss \(fixed(loss / Double(high), 4))")
        }
        history.epochs.append(
            .init(
                loss: loss / Double(training.count), accuracy: Double(correct) / Double(training.count), rate: rate,
                seconds: monotonicSeconds() - start))
    }

    /// One batch: the summed loss and the number of correct predictions before the step.
    private func trainStep(_ indices: [Int], _ key: Key, _ rate: Double) throws -> (loss: Double, correct: Int) {
        var (x, y) = try Operations.run("batch") { try training.batch(indices) }
        if let adversary = options.adversary { x = try adversary.perturb(module, x, y, key: key.fold("adversary")) }
        let (loss, correct) =
            try plan?.sharing(rows: indices.count) { try descend(x, y, .training(key), rate) }
            ?? descend(x, y, .training(key), rate)
        return (loss * Double(indices.count), correct)
    }

    /// Moves the parameters by one step: the mean loss and the number of correct predictions before it.
    private func descend(_ x: Tensor, _ y: Tensor, _ pass: Pass, _ rate: Double) throws -> (loss: Double, correct: Int)
    {
        let (loss, correct, gradients) = try plan?.gradients(x, y, pass) ?? recordedGradients(x, y, pass)
        try Operations.run("optimizer step") { try optimizer.step(gradients, rate: rate) }
        if let limit = options.clipWeights { for parameter in parameters { try parameter.clamp(to: -limit, limit) } }
        return (loss, correct)
    }

    /// By the graph: the mean loss and the number of correct predictions before the step, and the gradients of all
    /// parameters.
    private func recordedGradients(_ x: Tensor, _ y: Tensor, _ pass: Pass) throws -> (
        loss: Double, correct: Int, gradients: [Tensor?]
    ) {
        let (logits, loss) = try Context.withGradients {
            let logits = try module.forward(x, pass)
            return (logits, try options.loss.value(logits, y))
        }
        let gradients = try Autograd.gradients(of: loss, wrt: parameters)
        return (try loss.array(Double.self)[0], try logits.detached().countCorrect(y), gradients)
    }

    /// Measures the held-out examples; true when training should stop.
    private mutating func judge(_ epoch: Int) throws -> Bool {
        guard let holdout else { return false }
        let (loss, accuracy) = try module.lossAndAccuracy(holdout, options.loss)
        history.epochs[epoch].holdoutLoss = loss
        history.epochs[epoch].holdoutAccuracy = accuracy
        let figure = options.monitor == .accuracy ? accuracy : -loss
        if best.map({ figure > $0.figure }) ?? true {
            best = (figure, try module.state.map { ($0.name, try $0.tensor.copied()) })
            history.best = epoch + 1
            waited = 0
        } else {
            waited += 1
            if let patience = options.patience, waited >= patience {
                history.stoppedEarly = true
                return true
            }
        }
        return false
    }
}

extension Module {
    /// Mean loss and accuracy in evaluation mode.
    func lossAndAccuracy(_ examples: Examples, _ loss: Loss) throws -> (loss: Double, accuracy: Double) {
        var total = 0.0, correct = 0
        try inPieces(examples.count, of: examplesPerPass) { range in
            let (x, y) = try examples.batch(Array(range))
            let logits = try logits(x)
            total +=
                try Context.withoutGradients { try loss.value(logits, y).array(Double.self)[0] } * Double(range.count)
            correct += try logits.countCorrect(y)
        }
        return (total / Double(examples.count), Double(correct) / Double(examples.count))
    }
}

extension Tensor {
    /// How many rows of logits have their largest element at the label.
    func countCorrect(_ labels: Tensor) throws -> Int {
        guard rank == 2 else {
            throw KernelError.shape(op: "accuracy", shapes: [shape], reason: "logits [N, classes] expected")
        }
        guard dtype == .float32, shape[1] > 0, labels.dtype == .int64, labels.shape == [shape[0]] else {
            return zip(try argmax(1).array(Int64.self), try labels.array(Int64.self)).count { $0 == $1 }
        }
        return try read(Float.self) { x in
            try labels.read(Int64.self) { ck_count_correct_f32(x.baseAddress!, $0.baseAddress!, shape[0], shape[1]) }
        }
    }
}

/// An adversary as a parameter: any object that can perturb a batch.
public struct AdversaryParameter: ParameterValue {
    public let adversary: any Adversary
    public static var typeName: String { "Attack" }
    public init?(_ value: Value) {
        guard case .object(let object) = value, let adversary = object as? any Adversary else { return nil }
        self.adversary = adversary
    }
    public var recorded: Value { .object(adversary) }
}

extension FitOptions {
    /// The options with their record, checked against each other.
    public func checked() throws -> FitOptions {
        if let patience, patience < 1 {
            throw KernelError.value(op: "fit", name: "patience", expected: "integer >= 1", got: "\(patience)")
        }
        if patience != nil, holdout == 0 {
            throw KernelError.value(
                op: "fit", name: "holdout", expected: "a share > 0 when patience is given", got: "0")
        }
        if let clipWeights, !(clipWeights > 0) {
            throw KernelError.value(
                op: "fit", name: "clip_weights", expected: "number > 0", got: numberText(clipWeights))
        }
        var options = self
        options.record = Record(
            "fit",
            [
                ("epochs", .int(epochs)), ("batch", .int(batch)), ("optimizer", .object(optimizer)),
                ("loss", .object(loss)),
                ("schedule", schedule.map { .object($0) } ?? .null), ("holdout", .number(holdout)),
                ("patience", patience.map { .int($0) } ?? .null), ("monitor", .text(monitor.rawValue)),
                ("adversary", adversary.map { .object($0) } ?? .null),
                ("clip_weights", clipWeights.map { .number($0) } ?? .null), ("seed", seed.map { .int($0) } ?? .null),
            ])
        return options
    }
}
