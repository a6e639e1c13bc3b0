import Bindings
import Kernel

// What the user sees of a run while it runs.

extension RunningNotebook {
    /// Takes what was written to standard output or standard error.
    func receive(isError: Bool, _ bytes: [UInt8]) {
        outputs.append(isError: isError, bytes)
        guard let capture else { return }
        if options.reportsJSON {
            let name = isError ? "stderr" : "stdout"
            return say(
                JSON.object([("cell", cellName), (name, .text(String(decoding: bytes, as: UTF8.self).recordable))]))
        }
        ProgressBar.session.clear()
        writeAll(bytes, to: isError ? capture.errors : capture.output)
    }

    /// Takes a value that was shown.
    func receive(_ forms: ValueForms) {
        capture?.drain()
        outputs.append(forms)
        guard let capture else { return }
        if options.reportsJSON { return say(JSON.object([("cell", cellName), ("value", forms.json.canonical)])) }
        ProgressBar.session.clear()
        writeAll(Array((forms.text + "\n").utf8), to: capture.output)
    }

    /// Shows what an earlier run put out.
    func show(replayed output: RunRecord.Output) {
        guard let capture else { return }
        switch output {
        case .stream(let isError, let text):
            if options.reportsJSON {
                return say(JSON.object([("cell", cellName), (isError ? "stderr" : "stdout", .text(text))]))
            }
            writeAll(Array(text.utf8), to: isError ? capture.errors : capture.output)
        case .value(let value):
            if options.reportsJSON { return say(JSON.object([("cell", cellName), ("value", value.value)])) }
            writeAll(Array((value.text + "\n").utf8), to: capture.output)
        case .error: break
        }
    }

    /// Shows an error of the cell that runs; one that it was to raise is part of its output.
    func show(error: LuaError, isExpected: Bool) {
        if options.reportsJSON {
            guard !isExpected else { return }
            return say(Failure(error).json.adding("cell", cellName))
        }
        let report = interpreter.report(on: error).text(width: options.columns, isColoured: standardErrorShowsColours)
        ProgressBar.session.clear()
        writeToStandardError(report + "\n" + (isExpected ? "" : "    in " + description(of: current) + "\n"))
    }

    /// Records and shows what kept the cell from ending well besides an error of Lua's.
    func fail(_ text: String, kind: String) {
        outputs.append(error: text, message: text)
        complain(text, kind: kind)
    }

    /// Shows an error before anything ran.
    func report(_ error: LuaError, in place: Int) {
        current = place
        show(error: error, isExpected: false)
        current = nil
    }

    /// Shows a line on standard error.
    func complain(_ text: String, kind: String) {
        if options.reportsJSON, kind == "note" { return say(.object([("cell", cellName), ("note", .text(text))])) }
        if options.reportsJSON { return say(Failure(kind: kind, message: text).json.adding("cell", cellName)) }
        ProgressBar.session.clear()
        writeToStandardError(text + "\n")
    }

    /// The last line of a cell for programs.
    func reportEnd(_ place: Int) {
        say(
            .object([
                ("cell", .text(cells[place].name)), ("status", .text(cells[place].status.rawValue)),
                ("seconds", .number(costs[place].seconds)), ("cached", .flag(costs[place].isCached)),
            ]))
    }

    private func say(_ json: JSON) {
        writeAll(Array((json.description + "\n").utf8), to: capture?.output ?? 1)
    }

    private var cellName: JSON { current.map { .text(plan.cells[$0].name) } ?? .null }

    /// `cell 'attack' (3 of 7)`.
    private func description(of place: Int?) -> String {
        guard let place else { return "the notebook" }
        let code = plan.cells.indices.filter { plan.cells[$0].kind == .code }
        let number = (code.firstIndex(of: place) ?? 0) + 1
        return "cell '\(plan.cells[place].name)' (\(number) of \(code.count))"
    }
}

extension JSON {
    /// The object with one more field.
    fileprivate func adding(_ name: String, _ value: JSON) -> JSON {
        .object((object ?? []) + [Field(name, value)])
    }
}
