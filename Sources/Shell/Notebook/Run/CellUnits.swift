import Bindings
import Kernel

/// Cells that are compiled as one: usually one cell, several when a block or a `goto` reaches over their ends.
struct CellUnit: Sendable {
    /// Places of the cells in the plan, those of text between them left out.
    var cells: [Int]
    var source: CellSource
}

extension NotebookPlan {
    /// The cells of code as they are compiled, in order.
    ///
    /// A cell that is no Lua of its own is joined with its neighbours to the smallest group that is; the lines stay those
    /// of the file.
    /// - Throws: `LuaError.syntax` of a cell that no neighbours mend, and the place of that cell.
    func units(_ interpreter: Interpreter, name: String) throws(UnitError) -> [CellUnit] {
        let code = cells.indices.filter { cells[$0].kind == .code }
        var units: [CellUnit] = [], next = 0
        while next < code.count {
            let alone = unit(code[next..<next + 1])
            guard let complaint = complaint(alone, interpreter, name) else {
                units.append(alone)
                next += 1
                continue
            }
            guard let joined = joined(code, around: next, units, interpreter, name) else {
                throw UnitError(cell: code[next], error: complaint)
            }
            while let last = units.last, last.cells[0] >= joined.cells[0] { units.removeLast() }
            units.append(joined)
            next = code.firstIndex(of: joined.cells[joined.cells.count - 1])! + 1
        }
        return units
    }

    private func joined(
        _ code: [Int], around place: Int, _ units: [CellUnit], _ interpreter: Interpreter, _ name: String
    ) -> CellUnit? {
        // What earlier cells were joined to stays together.
        let starts = [place] + units.reversed().map { code.firstIndex(of: $0.cells[0])! }
        for count in 2...max(2, code.count) {
            for start in starts {
                let end = start + count
                guard end > place, end <= code.count else { continue }
                let candidate = unit(code[start..<end])
                if complaint(candidate, interpreter, name) == nil { return candidate }
            }
        }
        return nil
    }

    private func unit(_ places: ArraySlice<Int>) -> CellUnit {
        let first = cells[places.first!].line
        var text = "", line = first
        for place in places {
            text += String(repeating: "\n", count: max(0, cells[place].line - line)) + cells[place].source
            line = first + text.utf8.count { $0 == UInt8(ascii: "\n") }
        }
        return CellUnit(cells: Array(places), source: CellSource(text, line: first))
    }

    private func complaint(_ unit: CellUnit, _ interpreter: Interpreter, _ name: String) -> LuaError? {
        do {
            try interpreter.check(unit.source, name: name)
            return nil
        } catch let error as LuaError {
            return error
        } catch { return .syntax(message: "\(error)", incomplete: false) }
    }
}

/// A cell that is no Lua.
struct UnitError: Error {
    /// Its place in the plan.
    let cell: Int
    let error: LuaError
}
