extension Attack {
    /// Attacks every example; the framework decides success, on the model that decides, after clipping.
    ///
    /// - Parameters:
    ///   - data: what the examples are, for the record.
    ///   - checks: which warnings to look for.
    /// - Throws: `KernelError` when attack, model and data do not fit; `Interrupted` carrying the partial result.
    public func run(
        on target: Target, _ examples: Examples, data: String = "", checks: CheckLevel = .standard
    ) throws -> AttackResult {
        try check(count: examples.count, target)
        let started = ContinuousClock.now
        let result = try emptyResult(target, examples, data)
        result.examples = examples
        defer { result.seconds = (ContinuousClock.now - started) / .seconds(1) }
        do {
            try attackBatches(on: target, examples, into: result)
            result.warnings += try Check.findings(checks, self, target, examples, result)
        } catch is Interrupted {
            result.markInterrupted()
            throw Interrupted(partial: result)
        }
        return result
    }

    private func check(count: Int, _ target: Target) throws {
        try eps.check(count: count, name)
        if case .each(let targets)? = self.target, targets.count != count {
            throw KernelError.value(
                op: name, name: "target", expected: "a class or \(count) classes", got: "\(targets.count)")
        }
        if steps > 0, !target.givesGradients { try target.requireGradients(name) }
    }

    private func emptyResult(_ target: Target, _ examples: Examples, _ data: String) throws -> AttackResult {
        let shape = examples.count > 0 ? try examples.batch([0]).x.shape.dropFirst() : []
        return AttackResult(
            self, on: target, data: data, total: examples.count,
            adversarial: try Tensor(empty: [examples.count] + shape))
    }

    private func attackBatches(on target: Target, _ examples: Examples, into result: AttackResult) throws {
        try Progress.track(name, total: examples.count, unit: "images") { step in
            for first in stride(from: 0, to: examples.count, by: max(1, batch)) {
                let size = min(max(1, batch), examples.count - first)
                let (x, labels) = try examples.floats(first..<first + size)
                var run = try BatchRun(self, on: target, x, labels: labels, first: first)
                let before = target.passes
                defer { result.add(run, passes: target.passes - before) }
                try run.run { share in
                    try step(first + Int(share * Double(size)), result.running)
                }
                try step(first + size, result.running)
            }
        }
    }
}

extension Examples {
    /// Inputs as row-major float32 and labels as numbers.
    public func floats(_ range: Range<Int>) throws -> (x: Tensor, labels: [Int]) {
        let (x, y) = try batch(Array(range))
        let labels = try y.array(Int64.self).map(Int.init)
        guard x.dtype.isFloat, x.shape.first == range.count, labels.count == range.count else {
            throw KernelError.shape(
                op: "attack", shapes: [x.shape, y.shape], reason: "float inputs [N, ...] and labels [N] expected")
        }
        return (try x.detached().converted(to: .float32).contiguous(), labels)
    }
}

extension AttackResult {
    /// The running figure of the progress line.
    var running: String {
        outcomes.isEmpty ? "" : "robust \(percentText(robustAccuracy.value))"
    }

    func add(_ run: BatchRun, passes: Passes) {
        self.passes.forwards += passes.forwards
        self.passes.backwards += passes.backwards
        tally += run.tally
        guard !run.clean.isEmpty else { return }  // interrupted before the first verdict
        let first = outcomes.count, width = run.x.count / max(1, run.labels.count)
        guard let from = try? run.best.rowPointer(), let clean = try? run.x.rowPointer(),
            let to = try? adversarial.rowPointer()
        else { return }
        (to + first * width).update(from: from, count: run.best.count)
        for place in run.labels.indices {
            outcomes.append(
                Outcome(
                    label: run.labels[place], target: run.goal.targeted ? run.goal.classes[place] : nil,
                    clean: run.clean[place], final: run.predictions[place], success: run.isReached(place),
                    distances: Distances(from + place * width, clean + place * width, width),
                    step: run.bestStep[place], restart: run.bestRestart[place], ending: run.ending[place]))
        }
    }

    /// Cuts the result to what was worked on.
    func markInterrupted() {
        isInterrupted = true
        let width = adversarial.count / max(1, total)
        if let rows = try? adversarial.gatherRows(Array(0..<outcomes.count)), width > 0 { adversarial = rows }
        let open = outcomes.count { $0.ending == .unfinished }
        warnings.append(
            Warning(
                "interrupted",
                "\(outcomes.count) of \(total) examples, \(open) of them unfinished: robust accuracy is an upper bound")
        )
    }
}

/// 0.1234 as `12.3 %`.
func percentText(_ share: Double) -> String {
    share.isFinite ? "\((share * 1000).rounded() / 10) %" : "nan"
}
