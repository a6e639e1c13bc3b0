import CLua
import CLuaShim
import Kernel

// Values in every form that a page, a record or a notebook client can show: see `ValueForms`.

extension Interpreter {
    /// The screen that forms are made for: the same everywhere, so that two machines write the same text.
    public static let formsScreen = Screen(width: 100, height: 40, isUnicode: true)

    /// The value of a global in every form; nil for nil.
    public func forms(ofGlobal name: String) -> ValueForms? {
        withGlobal(name) { lua_type(main, $0) == LUA_TNIL ? nil : forms(main, $0) }
    }

    /// The value at an index in every form; none of them says how long anything took.
    /// - Parameter text: what was shown of it, when a method of its own did that; pictures that were drawn for it.
    func forms(_ state: LuaState, _ index: CInt, shown: (text: String, grids: [PictureGrid])? = nil) -> ValueForms {
        let index = lua_absindex(state, index)
        let shown = shown ?? gathering { onFormsScreen { display(state, index) } }
        let object = object(state, index)?.object
        var forms = ValueForms(text: shown.text, json: comparable(json(state, index)))
        if let history = object as? History { forms.text = history.text(withSeconds: false) }
        forms.tensor = (object as? Tensor)?.detached()
        forms.table = (object as? any TableForm)?.tableForm?.form ?? rowsForm(state, index)
        forms.media = media(of: object, shown.grids)
        return forms
    }

    /// Runs the body that shows something, and gives the pictures that it drew.
    func gathering(_ body: () throws -> String) rethrows -> (text: String, grids: [PictureGrid]) {
        let gathered = PictureGrid.Gathered()
        let text = try PictureGrid.$gathered.withValue(gathered, operation: body)
        return (text, gathered.grids)
    }

    private func onFormsScreen<R>(_ body: () throws -> R) rethrows -> R {
        let (screen, graphics) = (Screen.current, Screen.chosenGraphics)
        Screen.current = Self.formsScreen
        Screen.useGraphics(Screen.Graphics.none)
        defer {
            Screen.current = screen
            Screen.useGraphics(graphics)
        }
        return try body()
    }

    private func media(of object: (any Sendable)?, _ grids: [PictureGrid]) -> [(type: String, bytes: [UInt8])] {
        if let figure = object as? Figure, let svg = try? figure.svg() { return [("image/svg+xml", svg)] }
        let grid = grids.last ?? (object as? Tensor).flatMap { try? $0.imageGrid() }
        return grid.flatMap { try? $0.png() }.map { [("image/png", $0)] } ?? []
    }

    /// A list of tables with the same names in each, all of them plain values, as a table.
    private func rowsForm(_ state: LuaState, _ index: CInt) -> JSON? {
        guard lua_type(state, index) == LUA_TTABLE, case .list(let items)? = try? read(state, index),
            (1...10_000).contains(items.count)
        else { return nil }
        let rows = items.map { item -> Value.Fields? in
            if case .table(let fields) = item, fields.list.isEmpty { fields } else { nil }
        }
        guard let columns = rows[0]?.named.map(\.name) else { return nil }
        let isEven = rows.allSatisfy { row in
            row?.named.map(\.name) == columns && row?.named.allSatisfy { isPlain($0.value) } == true
        }
        guard isEven else { return nil }
        let cells = rows.map { row in JSON.list((row?.named ?? []).map { cell($0.value) }) }
        return .object([("columns", .list(columns.map(JSON.text))), ("rows", .list(cells))])
    }

    private func isPlain(_ value: Value) -> Bool {
        switch value {
        case .flag, .int, .number, .text: true
        default: false
        }
    }

    private func cell(_ value: Value) -> JSON {
        switch value {
        case .int(let int): .int(int)
        case .number(let number): number.isFinite ? .number(number) : .text(numberText(number))
        case .text(let text): .text(text)
        default: .text(value.literal)
        }
    }
}

/// What two runs may be compared by: of an object no duration and no number of threads, and of the tensors in it no
/// more than a few elements.
private func comparable(_ json: JSON, depth: Int = 0) -> JSON {
    guard let fields = json.object, case .text(let type)? = json["type"] else {
        return json.list.map { .list($0.map { comparable($0, depth: depth) }) } ?? json
    }
    if type == "Tensor", depth > 0, (json["data"]?.list?.count ?? .max) > 16 {
        return .object(fields.filter { $0.name != "data" })
    }
    let kept = fields.filter { !["seconds", "threads"].contains($0.name) }
    return .object(kept.map { JSON.Field($0.name, comparable($0.value, depth: depth + 1)) })
}

// MARK: - Tables

/// An object that is a table, or can be read as one.
protocol TableForm {
    var tableForm: Table? { get }
}

extension Table: TableForm {
    var tableForm: Table? { self }

    /// `{"title", "columns", "rows", "note"}`, cells with the digits that they are printed with.
    var form: JSON {
        var fields: [(String, JSON)] = title.isEmpty ? [] : [("title", .text(title))]
        fields += [
            ("columns", .list(columns.map(JSON.text))), ("rows", .list(rows.map { .list($0.map(\.form)) })),
        ]
        return .object(fields + (note.isEmpty ? [] : [("note", .text(note))]))
    }
}

extension Table.Cell {
    fileprivate var form: JSON {
        switch self {
        case .empty: .text("")
        case .text(let text): .text(text)
        case .int(let int): .int(int)
        case .value(let number): number.isFinite ? .number(number) : .text(numberText(number))
        case .number(let number, let digits): printed(number, digits)
        case .percent(let share): printed(100 * share, 1)
        case .interval(let estimate): .text(estimate.percentText)
        }
    }

    private func printed(_ number: Double, _ digits: Int) -> JSON {
        let text = fixedText(number, digits)
        return Double(text).map { $0.isFinite ? .number($0) : .text(text) } ?? .text(text)
    }
}

extension Sweep: TableForm {
    var tableForm: Table? { try? table() }
}

extension AttackResult: TableForm {
    /// The lines of its text.
    var tableForm: Table? {
        var table = Table("\(attack.name) on \(outcomes.count) examples", ["what", "value"])
        for (name, text) in facts { table.add([.text(name), .text(text)]) }
        return table
    }
}

extension History: TableForm {
    var tableForm: Table? {
        let hasHoldout = epochs.contains { $0.holdoutLoss != nil }
        var table = Table(
            "", ["epoch", "loss", "accuracy"] + (hasHoldout ? ["holdout loss", "holdout accuracy"] : []))
        for (place, epoch) in epochs.enumerated() {
            table.add([
                .int(place + 1), .number(epoch.loss, digits: 4), .number(epoch.accuracy, digits: 4),
                epoch.holdoutLoss.map { .number($0, digits: 4) } ?? .empty,
                epoch.holdoutAccuracy.map { .number($0, digits: 4) } ?? .empty,
            ])
        }
        return table
    }
}

extension Figure: JSONFields {
    /// The curves, so that two figures are compared by their numbers.
    var jsonFields: [JSON.Field] {
        let curves = series.map { one in
            JSON.object([
                ("name", .text(one.name)),
                (
                    "points",
                    .list(one.points.map { .list([$0.x, $0.y, $0.low, $0.high].compactMap { $0.map(finite) }) })
                ),
            ])
        }
        return [
            JSON.Field("text", .text(description)), JSON.Field("x", .text(xLabel)), JSON.Field("y", .text(yLabel)),
            JSON.Field("series", .list(curves)),
            JSON.Field("marks", .list(marks.map { .object([("x", finite($0.x)), ("label", .text($0.label))]) })),
        ]
    }
    private func finite(_ number: Double) -> JSON {
        number.isFinite ? .number(number) : .text(numberText(number))
    }
}

// MARK: - Pictures

extension Tensor {
    /// The pictures of a tensor that looks like one or a batch of them: 1 or 3 planes of at least 8 x 8 floats from 0 to
    /// 1. Matrices and weights are shown as numbers.
    fileprivate func imageGrid() throws -> PictureGrid? {
        guard rank == 3 || rank == 4, dtype.isFloat, count > 0, count <= 1 << 22 else { return nil }
        let planes = shape[rank - 3]
        guard planes == 1 || planes == 3, shape[rank - 2] >= 8, shape[rank - 1] >= 8 else { return nil }
        let values = detached()
        guard try values.array(Float.self).allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return nil }
        let batch = rank == 4 ? values : try values.reshape([1] + shape)
        let cells = try (0..<min(64, batch.shape[0])).map { PictureGrid.Cell(try Picture(batch.select(0, $0))) }
        return PictureGrid(cells)
    }
}
