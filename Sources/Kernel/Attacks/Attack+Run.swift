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

    func check(count: Int, _ target: Target) throws {
        try eps.check(count: count, name)
        if case .each(let targets)? = self.target, targets.count != count {
            throw KernelError.value(
                op: name, name: "target", expected: "a class or \(count) classes", got: "\(targets.count)")
        }
        if steps > 0, !target.givesGradients { try target.requireGradients(name) }
    }

    private func emptyResult(_ target: Target, _ examples: Examples, _ data: String) throws -> AttackResult {
        let shape = examples.count > 0 ? try examples.batch([0]).x.shape.dropFirst() : []
        let all = [examples.count] + shape
        MemoryPool.makeRoom(for: try Shape.count(all, name) * MemoryLayout<Float>.size)
        return AttackResult(
            self, on: target, data: data, total: examples.count, adversarial: try Tensor(empty: all))
    }

    private func attackBatches(on target: Target, _ examples: Examples, into result: AttackResult) throws {
        try Progress.track(name, total: examples.count, unit: "images") { step in
            let before = target.passes, adversarial = result.adversarial
            defer { result.passes += target.passes - before }
            try eachBatch(examples, on: target, budget: { eps[$0] }, report: { try step($0, result.running) }) {
                (slot: BatchSlot<(tally: BatchRun.Tally, outcomes: [Outcome])>, checkpoint) in
                let cases = try slot.cases(), best = try adversarial.rows(slot.range)
                var tally = BatchRun.Tally(outside: try cases.x.rowsOutside(target.range))
                var run = BatchRun(
                    self, on: target, cases, try opening(on: target, cases), most: slot.most, best: best)
                defer {
                    tally += run.tally
                    slot.outcome = (try? run.outcomes()).map { (tally, $0) }
                }
                try run.run(checkpoint: checkpoint)
            } take: { tally, outcomes in
                result.tally += tally
                result.add(outcomes)
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
