import Kernel

/// What is wrong with a notebook, or will go wrong with it in other programs, found without running it.
struct Lint {
    /// One place where a rule is broken.
    struct Finding: Equatable {
        /// `NB003`.
        var code: String
        /// From 1; the column counts characters.
        var line: Int
        var column: Int
        var message: String
        /// What mends it without changing what the notebook does.
        var fix: Fix?
    }

    /// Lines of the file, from 0, and what takes their place.
    struct Fix: Equatable {
        var lines: Range<Int>
        var replacement: [String]
    }

    /// In the order of the file.
    let findings: [Finding]
    private let subject: LintSubject

    /// - Parameter compile: what a compiler of Lua says of a text, nil when it compiles. Without it rules that need one
    ///   find nothing.
    init(_ text: String, compile: @escaping (String) -> String? = { _ in nil }) {
        let subject = LintSubject(text, compile: compile)
        self.subject = subject
        findings = LintRule.all.flatMap { rule in
            rule.check(subject).map { trouble in
                Finding(
                    code: rule.code, line: trouble.line + 1, column: trouble.column + 1, message: trouble.message,
                    fix: trouble.fix)
            }
        }.sorted { ($0.line, $0.column, $0.code) < ($1.line, $1.column, $1.code) }
    }

    /// The text with every fix that can be made at once; those that meet another one wait for the next round.
    private var mended: String {
        var lines = subject.lines, start = lines.count
        for fix in findings.compactMap(\.fix).sorted(by: { $0.lines.lowerBound > $1.lines.lowerBound })
        where fix.lines.upperBound <= start {
            lines.replaceSubrange(fix.lines, with: fix.replacement)
            start = fix.lines.lowerBound
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// A text with all that can be mended mended, and how many times something was.
    static func fixed(_ text: String, compile: @escaping (String) -> String?) -> (text: String, count: Int) {
        var text = text, count = 0
        for _ in 0..<10 {
            let lint = Lint(text, compile: compile)
            let fixes = lint.findings.count { $0.fix != nil }
            let mended = lint.mended
            if fixes == 0 || mended == text { break }
            (text, count) = (mended, count + fixes)
        }
        return (text, count)
    }
}

extension Lint.Finding {
    /// `study.lua:3:1: NB003 ...`
    func text(in file: String) -> String { "\(file):\(line):\(column): \(code) \(message)" }

    func json(in file: String) -> JSON {
        .object([
            ("file", .text(file)), ("line", .int(line)), ("column", .int(column)), ("code", .text(code)),
            ("message", .text(message)), ("fixable", .flag(fix != nil)),
        ])
    }
}
