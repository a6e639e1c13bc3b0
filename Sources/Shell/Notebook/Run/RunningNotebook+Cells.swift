import Bindings
import Kernel

/// How a unit of cells ended.
enum UnitEnd: Equatable {
    case ran
    /// The file returned: nothing after it runs, and that is no failure.
    case returned
    case failed(ExitStatus)
}

extension RunningNotebook {
    /// Runs cells that were compiled as one; what they put out is the first one's.
    func runUnit(_ unit: CellUnit) -> UnitEnd {
        let place = unit.cells[0], cell = plan.cells[place]
        current = place
        cellStart = ProcessCost()
        outputs = CellOutputs()
        for note in unit.source.notes where !options.quiet { complain(note, kind: "note") }
        Session.seed(cell.seed)
        let ticket: CacheTicket?
        do { ticket = try cacheTicket(unit) } catch { ticket = nil }
        if let ticket, replay(ticket, place) {
            current = nil
            return .ran
        }
        let before = interpreter.globalsNow()
        let end = perform(unit, cell)
        InterruptHandler.clear()  // what follows is not to be interrupted
        capture?.drain()
        let changed = before.map { interpreter.changedGlobals(since: $0) } ?? []
        let result = settle(end, cell, changed, sets: unit.cells.contains { plan.cells[$0].isParameters })
        noteModels(place, changed)
        cells[place].warnings = unique(outputs.warnings + interpreter.evaluationWarnings(changed))
        finish(place, result.status, since: cellStart, isCached: false)
        for other in unit.cells.dropFirst() { cells[other].status = result.status }
        if let ticket, result.end == .ran { keep(ticket, place, changed: changed) }
        current = nil
        return result.end
    }

    /// What a cell did: an error, or how it ended.
    private enum Performance {
        case ended(CellEnd)
        case threw(any Error)
    }

    private func perform(_ unit: CellUnit, _ cell: PlannedCell) -> Performance {
        do {
            InterruptHandler.clear()
            try interpreter.seedRandom(cell.seed)
            watch.begin(cell: cell.name, timeout: cell.timeout)
            defer { watch.endCell() }
            return .ended(
                try Context.with(progress: options.progress) { try interpreter.run(unit.source, name: chunk) })
        } catch { return .threw(error) }
    }

    /// Decides what the performance means: parameters are set, expected errors are no failures, others are reported.
    private func settle(
        _ performance: Performance, _ cell: PlannedCell, _ changed: [String], sets: Bool
    ) -> (status: RunRecord.CellRecord.Status, end: UnitEnd) {
        do {
            switch performance {
            case .threw(let error):
                guard let error = error as? LuaError else { throw error }
                return settle(error, cell)
            case .ended(let end):
                if cell.raises != .nothing {
                    throw RunComplaint("cell '\(cell.name)' was to raise an error, and raised none")
                }
                if sets { try setParameters(changed) }
                return (.done, end == .ran ? .ran : .returned)
            }
        } catch {
            fail("\(error)", kind: "notebook")
            return (.failed, .failed(.luaError))
        }
    }

    private func settle(_ error: LuaError, _ cell: PlannedCell) -> (status: RunRecord.CellRecord.Status, end: UnitEnd) {
        if error.isInterrupt {
            if let limit = Limit.reached {
                InterruptHandler.clear()  // for the digests; Lua code does not run again
                fail("the notebook reached its limit of \(limit.rawValue)", kind: "limit")
                return (.failed, .failed(.resourceLimit))
            }
            keepUnfinished()
            guard let limit = watch.exceeded else {
                fail("interrupted", kind: "interrupted")
                return (.interrupted, .failed(.interrupted))
            }
            fail(limit.description, kind: "limit")
            return (.failed, .failed(.resourceLimit))
        }
        let outcome = Evaluator.Outcome(of: error), report = interpreter.report(on: error)
        let isExpected =
            switch cell.raises {
            case .nothing: false
            case .anything: true
            case .message(let text): error.description.contains(text)
            }
        outputs.append(error: report.text(width: 100), message: error.description)
        if isExpected, outcome == .failed {
            show(error: error, isExpected: true)
            return (.done, .ran)
        }
        options.complaint?(error.description)
        show(error: error, isExpected: false)
        return (.failed, .failed(outcome.status))
    }

    /// What interrupted work had finished is an output, as it is `_` at the prompt.
    private func keepUnfinished() {
        guard interpreter.offerPartial() != nil, let forms = interpreter.forms(ofGlobal: "_") else { return }
        receive(forms)
    }

    /// The cell's variables are the parameters: replaces those that were asked for, and notes all.
    private func setParameters(_ names: [String]) throws {
        let known = names.filter { name in
            guard let value = try? interpreter.global(name) else { return false }
            switch value {
            case .flag, .int, .number, .text, .integers, .numbers, .list, .table: return true
            default: return false
            }
        }
        for parameter in options.parameters {
            guard known.contains(parameter.name) else { throw NamedParameter.unknown(parameter.name, among: known) }
            let standard = try interpreter.global(parameter.name)
            try interpreter.setGlobal(parameter.name, try parameter.value(like: standard))
        }
        parameters = known.compactMap { name in
            interpreter.json(ofGlobal: name).map { JSON.Field(name, $0.canonical) }
        }
    }

    /// Digests of the models that a cell made or changed.
    private func noteModels(_ place: Int, _ changed: [String]) {
        let names = Set(models.keys).union(changed).sorted()
        guard let now = try? interpreter.modelDigests(names) else { return }
        cells[place].models = now.filter { models[$0.name] != $0.sha256 }.map { JSON.Field($0.name, .text($0.sha256)) }
        models = Dictionary(uniqueKeysWithValues: now.map { ($0.name, $0.sha256) })
    }

    /// Notes how a cell ended, and what it cost.
    func finish(_ place: Int, _ status: RunRecord.CellRecord.Status, since start: ProcessCost, isCached: Bool) {
        outputs.finish()
        cells[place].status = status
        cells[place].outputs = outputs.outputs
        cells[place].outputDigest = (try? RunRecord.CellRecord.digest(of: outputs.outputs)) ?? ""
        cells[place].inputs = inputs.takeCell()
        cells[place].draws = Session.draws
        blobs.merge(outputs.blobs) { $1 }
        let now = ProcessCost()
        costs[place].seconds = now.seconds - start.seconds
        costs[place].processorSeconds = now.processor - start.processor
        costs[place].peakBytes = now.peakBytes
        costs[place].isCached = isCached
        if options.reportsJSON { reportEnd(place) }
    }
}

private func unique(_ texts: [String]) -> [String] {
    var seen: Set<String> = []
    return texts.filter { seen.insert($0).inserted }
}
