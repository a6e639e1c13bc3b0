/// One rule of `assay lint`: a code, what it is about, and how it is checked.
struct LintRule: Sendable {
    let code: String
    /// What the rule asks for, in half a sentence.
    let about: String
    /// Whether `--fix` can mend what it finds, at least at times.
    var isMended = false
    let check: @Sendable (LintSubject) -> [LintTrouble]

    /// In the order of their codes.
    static let all: [LintRule] = [
        hiddenMarker, magic, bareExpression, names, volatile, order, header, keys, dependencies, requirement, textCells,
        hiddenMagic, syntax, parameters,
    ]

    init(
        _ code: String, _ about: String, isMended: Bool = false,
        check: @escaping @Sendable (LintSubject) -> [LintTrouble]
    ) {
        (self.code, self.about, self.isMended, self.check) = (code, about, isMended, check)
    }

    /// One line each, for help.
    static var summary: String {
        all.map { "\($0.code) \($0.about)" + ($0.isMended ? " (--fix)" : "") }.joined(separator: "\n")
    }
}

/// What a rule found, with places from 0.
struct LintTrouble {
    var line: Int
    var column = 0
    var message: String
    var fix: Lint.Fix?

    init(line: Int, column: Int = 0, _ message: String, fix: Lint.Fix? = nil) {
        (self.line, self.column, self.message, self.fix) = (line, column, message, fix)
    }
}
