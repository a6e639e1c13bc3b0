import Kernel

/// Rules about the keys of cell markers.
extension LintRule {
    static let names = LintRule(
        "NB004", "cells with cache, expect or deps have a name, and no two the same", isMended: true
    ) { subject in
        var places: [String: Int] = [:], found: [LintTrouble] = []
        for cell in subject.cells {
            if let name = cell.cell.name {
                if let first = places[name] {
                    found.append(
                        LintTrouble(line: cell.start, "the name '\(name)' stands in line \(first + 1) already"))
                } else {
                    places[name] = cell.start
                }
            } else if let key = ["cache", "expect", "deps"].first(where: { cell.cell[$0] != nil }) {
                let name = cell.cell.title.slug
                let isFree = !name.isEmpty && !subject.notebook.names.contains(name) && places[name] == nil
                if isFree { places[name] = cell.start }
                found.append(
                    LintTrouble(
                        line: cell.start, "a cell with '\(key)' needs a name",
                        fix: isFree ? cell.marked { $0.metadata.set("name", .text(name)) } : nil))
            }
        }
        return found
    }

    /// What notebook programs write into cells by themselves.
    private static let volatileKeys = [
        "ExecuteTime", "autoscroll", "collapsed", "execution", "execution_count", "outputs", "scrolled", "trusted",
    ]

    static let volatile = LintRule(
        "NB005", "no outputs, counters, times or versions of tools stand in the source", isMended: true
    ) { subject in
        var found = versions(subject)
        for cell in subject.cells {
            if let marker = cell.marker, subject.lines[marker].firstRange(of: "In[") != nil, cell.cell.title.isEmpty {
                let fix = cell.marked { _ in }
                found.append(LintTrouble(line: marker, "a counter of runs changes with each of them", fix: fix))
            }
            let keys = volatileKeys.filter { cell.cell[$0] != nil }
            if let key = keys.first {
                let fix = cell.marked { marker in marker.metadata.removeAll { keys.contains($0.name) } }
                found.append(
                    LintTrouble(line: cell.start, "'\(key)' is what a run leaves, not what it needs", fix: fix))
            }
            for (index, line) in cell.cell.source.splitLines.enumerated()
            where cell.cell.kind == .code && line.utf8.starts(with: "-- Out[".utf8) {
                found.append(
                    LintTrouble(line: cell.firstLine + index, "outputs stand in the record of a run, not in the source")
                )
            }
        }
        return found
    }

    /// Jupytext writes its versions unless a filter in the header says otherwise; the fix gives it one.
    private static func versions(_ subject: LintSubject) -> [LintTrouble] {
        let jupyter = subject.notebook.header?["jupyter"]
        let representation = jupyter?["jupytext"]?["text_representation"]
        let names = ["format_version", "jupytext_version"].filter { representation?[$0] != nil }
        guard let source = subject.notebook.headerSource, case .object(var fields)? = jupyter, !names.isEmpty else {
            return []
        }
        var jupytext = fields.first { $0.name == "jupytext" }?.value.object ?? []
        var kept = representation?.object ?? []
        kept.removeAll { names.contains($0.name) }
        jupytext.set("text_representation", .object(kept))
        if !jupytext.contains(where: { $0.name == "notebook_metadata_filter" }) {
            jupytext.set("notebook_metadata_filter", .text(NotebookMetadataFilter.withoutVersions))
        }
        fields.set("jupytext", .object(jupytext))
        let lines = source.parts.own + HeaderSource(.object([("jupyter", .object(fields))])).lines
        let range = (source.firstLine - 1)..<(source.firstLine - 1 + source.lines.count)
        return [
            LintTrouble(
                line: subject.headerLine("jupyter", "jupytext", "text_representation"),
                "versions of tools change with each of them: \(names.joined(separator: ", "))",
                fix: Lint.Fix(lines: range, replacement: lines.map(Notebook.Cell.commented)))
        ]
    }

    static let keys = LintRule("NB008", "the keys of cells are spelt right and have values of the right type") {
        subject in
        subject.cells.flatMap { cell in
            cell.cell.metadata.compactMap { field -> LintTrouble? in
                if field.name == CellMarker.unreadable {
                    return LintTrouble(line: cell.start, "not readable as key=json: \(field.value.text ?? "")")
                }
                if let key = ReservedKey.all.first(where: { $0.name == field.name }) {
                    if key.accepts(field.value) { return nil }
                    return LintTrouble(
                        line: cell.start, "\(key.name): \(key.expected) expected, got \(field.value.markerText)")
                }
                guard let near = ReservedKey.near(field.name) else { return nil }
                return LintTrouble(line: cell.start, "unknown key '\(field.name)'; did you mean '\(near)'?")
            }
        }
    }

    static let dependencies = LintRule("NB009", "deps name cells above") { subject in
        let names = subject.notebook.names
        return subject.cells.enumerated().flatMap { index, cell in
            cell.cell.deps.compactMap { name -> LintTrouble? in
                guard let place = names.firstIndex(of: name) else {
                    let hint = nearest(to: name, in: names).map { "; did you mean '\($0)'?" } ?? ""
                    return LintTrouble(line: cell.start, "deps: no cell has the name '\(name)'\(hint)")
                }
                if place < index { return nil }
                return LintTrouble(
                    line: cell.start,
                    place == index ? "deps: a cell cannot build on itself" : "deps: '\(name)' is a later cell")
            }
        }
    }

    static let parameters = LintRule("NB014", "one cell, of code, has the tag parameters") { subject in
        let tagged = subject.cells.filter { $0.cell.tags.contains("parameters") }
        let first = tagged.first { $0.cell.kind == .code }
        return tagged.compactMap { cell in
            if cell.cell.kind != .code {
                return LintTrouble(line: cell.start, "the tag 'parameters' is for a cell of code")
            }
            guard let first, cell.start != first.start else { return nil }
            return LintTrouble(
                line: cell.start,
                "a second cell with the tag 'parameters': -p changes the one in line \(first.start + 1)")
        }
    }
}

/// A key of cell markers that has a meaning here.
struct ReservedKey: Sendable {
    let name: String
    /// What values it takes, in words.
    let expected: String
    let accepts: @Sendable (JSON) -> Bool

    static let all: [ReservedKey] = [
        ReservedKey(name: "name", expected: "a text") { $0.text?.isEmpty == false },
        ReservedKey(name: "tags", expected: "a list of texts", accepts: isTexts),
        ReservedKey(name: "cache", expected: "true or false", accepts: isFlag),
        ReservedKey(name: "deps", expected: "a list of texts", accepts: isTexts),
        ReservedKey(name: "seed", expected: "a whole number") { $0.int != nil },
        ReservedKey(name: "timeout", expected: "a number of seconds above 0") { ($0.double ?? 0) > 0 },
        ReservedKey(
            name: "expect",
            expected: Notebook.Cell.Expectation.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        ) { $0.text.flatMap(Notebook.Cell.Expectation.init) != nil },
        ReservedKey(name: "rtol", expected: "a number from 0 on") { ($0.double ?? -1) >= 0 },
        ReservedKey(name: "atol", expected: "a number from 0 on") { ($0.double ?? -1) >= 0 },
        ReservedKey(name: "hide", expected: "\"input\", \"output\", \"both\"") {
            ["input", "output", "both"].contains($0.text)
        },
        ReservedKey(name: "raises", expected: "true, false or a text of the error") { isFlag($0) || $0.text != nil },
    ]

    /// Keys of other programs that look like ours.
    private static let foreign: Set<String> = [
        "slide", "title", "jupyter", "format", "active", "language", "id", "type",
    ]

    /// The reserved key that a word is a misspelling of.
    static func near(_ word: String) -> String? {
        if foreign.contains(word) { return nil }
        return nearest(to: word, in: all.map(\.name)).flatMap { near in
            editDistance(word, near) <= max(1, near.count / 4) ? near : nil
        }
    }

    static func isFlag(_ value: JSON) -> Bool { if case .flag = value { true } else { false } }
    static func isTexts(_ value: JSON) -> Bool { value.list?.allSatisfy { $0.text != nil } == true }
}

extension String {
    /// Small letters, digits and dashes: `Train a net` becomes `train-a-net`.
    var slug: String {
        let words = lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return words.prefix(6).joined(separator: "-")
    }
}
