import Bindings
import Kernel

/// What a cell with `cache=true` may be taken from, and what is known before it runs for putting it there.
struct CacheTicket {
    let key: String
    /// The state of the variables that the cell mentions, before it runs.
    let before: [(name: String, digest: String)]
    let written: Int
}

extension RunningNotebook {
    /// The ticket of a cell that asks to be cached; nil for others, and where there is no place for a cache.
    func cacheTicket(_ unit: CellUnit) throws -> CacheTicket? {
        let place = unit.cells[0], cell = plan.cells[place]
        guard cell.caches, options.usesCache, CellCache() != nil else { return nil }
        guard unit.cells.count == 1, cell.raises == .nothing, !cell.isParameters else {
            note(place, "not cached: a cell that is joined with others, sets parameters or raises is always run")
            return nil
        }
        let before = try interpreter.mentionedVariables(cell.source).map {
            ($0, try interpreter.stateDigest(ofGlobal: $0))
        }
        return CacheTicket(key: try key(place, before), before: before, written: inputs.written.count)
    }

    /// A digest over everything that decides what the cell does.
    private func key(_ place: Int, _ variables: [(name: String, digest: String)]) throws -> String {
        let cell = plan.cells[place]
        let declared = declaredInputs.map { path in InputLog.source(path, name: path)?.json ?? .text(path) }
        let facts = JSON.object([
            ("format", .int(1)), ("executable", .text(ProgramFacts.executableDigest)),
            ("lua", .text(Interpreter.luaRelease)), ("hash_seed", .int(Int(interpreter.hashSeed ?? 0))),
            ("threads", .int(Workers.count)), ("name", .text(cell.name)), ("code", .text(cell.source)),
            ("line", .int(cell.source.contains("debug") ? cell.line : 0)), ("seed", .int(cell.seed)),
            ("before", .list(dependencies(of: place).map { .list([.text($0.source), .int($0.seed)]) })),
            ("parameters", .object(parameters)), ("arguments", .list(options.arguments.map(JSON.text))),
            ("inputs", .list(inputs.inputs.map(\.json))), ("declared", .list(declared)),
            ("variables", .list(variables.map { .list([.text($0.name), .text($0.digest)]) })),
        ])
        return try Digest.of(facts.canonical.description)
    }

    /// The cells that a cell builds on: those that it names, and those that they name; all before it when it names none.
    private func dependencies(of place: Int) -> [PlannedCell] {
        let earlier = plan.cells[..<place].filter { $0.kind == .code }
        guard plan.cells[place].dependencies != nil else { return earlier }
        var wanted: Set<String> = [], open = [plan.cells[place]]
        while let cell = open.popLast() {
            let names = cell.dependencies ?? (cell.name == plan.cells[place].name ? [] : allBefore(cell))
            for name in names where wanted.insert(name).inserted {
                open += earlier.filter { $0.name == name }
            }
        }
        return earlier.filter { wanted.contains($0.name) }
    }

    private func allBefore(_ cell: PlannedCell) -> [String] {
        let end = plan.cells.firstIndex { $0.name == cell.name } ?? 0
        return plan.cells[..<end].filter { $0.kind == .code }.map(\.name)
    }

    /// Does what the cell did when it was kept: its outputs, its variables, its draws. False when nothing was kept.
    func replay(_ ticket: CacheTicket, _ place: Int) -> Bool {
        guard let entry = CellCache()?.entry(ticket.key) else { return false }
        do { try interpreter.restoreGlobals(entry.variables) } catch { return false }
        for input in entry.inputs { inputs.note(input.path, .read) }
        outputs.replay(entry.outputs, entry.blobs, entry.warnings)
        for output in entry.outputs { show(replayed: output) }
        cells[place].warnings = entry.warnings
        finish(place, .done, since: cellStart, isCached: true)
        cells[place].draws = entry.draws
        return true
    }

    /// Keeps what the cell did, or notes why not.
    func keep(_ ticket: CacheTicket, _ place: Int, changed: [String]) {
        let cell = plan.cells[place]
        do {
            if inputs.written.count > ticket.written { throw NotCached("it writes files") }
            for (name, digest) in ticket.before where !changed.contains(name) {
                if try interpreter.stateDigest(ofGlobal: name) != digest {
                    throw NotCached("it changes '\(name)' in place")
                }
            }
            let sources = inputs.inputs.filter { cells[place].inputs.contains($0.path) }
            let entry = CellCache.Entry(
                inputs: sources, variables: try interpreter.storedGlobals(changed), outputs: cells[place].outputs,
                blobs: outputs.blobs.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
                warnings: cells[place].warnings, draws: cells[place].draws)
            try CellCache()?.keep(entry, ticket.key)
        } catch {
            note(place, "not cached: \(error)")
            if !options.quiet { complain("note: cell '\(cell.name)' is not cached: \(error)", kind: "note") }
        }
    }

    private func note(_ place: Int, _ text: String) { costs[place].note = text }
}

/// Why a cell is run every time.
struct NotCached: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
