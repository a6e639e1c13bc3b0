/// Rules about what differs from run to run.
extension LintRule {
    static let order = LintRule(
        "NB006", "random numbers have a seed, cells that are compared no clock, and what is shown no order of pairs"
    ) { subject in
        unseeded(subject) + clocks(subject) + pairs(subject)
    }

    private static func unseeded(_ subject: LintSubject) -> [LintTrouble] {
        if subject.notebook.settings?["seed"]?.int != nil { return [] }
        for cell in subject.code where cell.cell.seed == nil {
            for index in cell.tokens.indices {
                if cell.reads(index, ["math", ".", "randomseed"]) { return [] }
                guard cell.reads(index, ["math", ".", "random"]) else { continue }
                let message = "math.random before a seed: give the header assay: seed, or call math.randomseed first"
                return [cell.trouble(at: index, message)]
            }
        }
        return []
    }

    private static func clocks(_ subject: LintSubject) -> [LintTrouble] {
        subject.code.filter { $0.cell["expect"] != nil && $0.cell.expect != Notebook.Cell.Expectation.none }.flatMap {
            cell in
            cell.tokens.indices.compactMap { index in
                let name = ["time", "clock", "date"].first { cell.reads(index, ["os", ".", $0]) }
                return name.map {
                    cell.trouble(at: index, "os.\($0) in a cell with 'expect' is different in each run")
                }
            }
        }
    }

    /// `for ... in pairs(t) do` with something shown in its body.
    private static func pairs(_ subject: LintSubject) -> [LintTrouble] {
        subject.code.flatMap { cell in
            cell.tokens.indices.compactMap { index in
                guard cell.text(index) == "in", cell.reads(index + 1, ["pairs", "("]), shows(cell, after: index) else {
                    return nil
                }
                return cell.trouble(at: index + 1, "the order of pairs is not the same in each run: use sortedpairs")
            }
        }
    }

    /// Whether the body of a loop, from its `do` to its `end`, has a call that shows something.
    private static func shows(_ cell: LintCell, after start: Int) -> Bool {
        guard var index = cell.tokens.indices[start...].first(where: { cell.text($0) == "do" }) else { return false }
        var depth = 0
        while index < cell.tokens.count {
            switch cell.text(index) {
            case "do", "function", "if", "repeat": depth += 1
            case "end", "until":
                depth -= 1
                if depth == 0 { return false }
            case "print", "show": if cell.isCall(index) { return true }
            case "write" where [".", ":"].contains(cell.text(index - 1)): if cell.isCall(index) { return true }
            default: break
            }
            index += 1
        }
        return false
    }
}
