import Kernel

/// Rules about the header.
extension LintRule {
    static let header = LintRule("NB007", "the header can be read, and its keys are known and have the right types") {
        subject in
        if let error = subject.reader.headerError {
            return [LintTrouble(line: error.line - 1, String(error.message.dropFirst("header: ".count)))]
        }
        guard let header = subject.notebook.header else { return [] }
        var found: [LintTrouble] = []
        for field in header.object ?? [] where !["title", "assay", "jupyter"].contains(field.name) {
            guard let near = nearest(to: field.name.lowercased(), in: ["title", "assay", "jupyter"]) else { continue }
            let line = subject.headerLine(field.name)
            found.append(LintTrouble(line: line, "unknown key '\(field.name)'; did you mean '\(near)'?"))
        }
        if let title = header["title"], title.text == nil {
            found.append(
                LintTrouble(line: subject.headerLine("title"), "title: a text expected, got \(title.markerText)"))
        }
        if let settings = header["assay"] {
            found += check(settings, HeaderKey.assay, "assay") { subject.headerLine("assay", $0) }
            found += ["permissions", "limits"].flatMap { group in
                settings[group].map { value in
                    check(value, group == "limits" ? HeaderKey.limits : HeaderKey.permissions, "assay." + group) {
                        subject.headerLine("assay", group, $0)
                    }
                } ?? []
            }
        }
        return found
    }

    private static func check(
        _ value: JSON, _ keys: [HeaderKey], _ path: String, line: (String) -> Int
    ) -> [LintTrouble] {
        guard let fields = value.object else {
            return [LintTrouble(line: line(""), "\(path): a map expected, got \(value.markerText)")]
        }
        return fields.compactMap { field in
            guard let key = keys.first(where: { $0.name == field.name }) else {
                let hint = nearest(to: field.name, in: keys.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
                let known = keys.map(\.name).joined(separator: ", ")
                return LintTrouble(
                    line: line(field.name), "\(path): unknown key '\(field.name)' (known: \(known))\(hint)")
            }
            if key.accepts(field.value) { return nil }
            return LintTrouble(
                line: line(field.name), "\(path).\(key.name): \(key.expected) expected, got \(field.value.markerText)")
        }
    }

    static let requirement = LintRule("NB010", "requires is a range of versions, and this program is in it") {
        subject in
        guard let text = subject.notebook.requires else { return [] }
        let line = subject.headerLine("assay", "requires")
        guard let range = VersionRange(text) else {
            return [
                LintTrouble(line: line, "requires: a range of versions expected, such as \">=0.3 <1\", got \"\(text)\"")
            ]
        }
        if range.contains(Invocation.version) { return [] }
        return [LintTrouble(line: line, "requires: the notebook is for assay \(text), this is \(Invocation.version)")]
    }
}

/// A key of the header's `assay:` part.
struct HeaderKey: Sendable {
    let name: String
    let expected: String
    let accepts: @Sendable (JSON) -> Bool

    static let assay = [
        HeaderKey(name: "format", expected: "1") { $0.int == 1 },
        HeaderKey(name: "requires", expected: "a text") { $0.text != nil },
        HeaderKey(name: "seed", expected: "a whole number") { $0.int != nil },
        HeaderKey(name: "permissions", expected: "a map") { _ in true },
        HeaderKey(name: "limits", expected: "a map") { _ in true },
        HeaderKey(name: "inputs", expected: "a map from paths to sha256-...") { value in
            value.object?.allSatisfy { $0.value.text?.hasPrefix("sha256-") == true || $0.value == .null } == true
        },
    ]
    static let permissions = [
        HeaderKey(name: "read", expected: "a list of paths", accepts: ReservedKey.isTexts),
        HeaderKey(name: "write", expected: "a list of paths", accepts: ReservedKey.isTexts),
        HeaderKey(name: "net", expected: "true or false", accepts: ReservedKey.isFlag),
        HeaderKey(name: "exec", expected: "true or false", accepts: ReservedKey.isFlag),
    ]
    static let limits = [
        HeaderKey(name: "time", expected: "a number of seconds above 0") { ($0.double ?? 0) > 0 },
        HeaderKey(name: "memory", expected: "a size such as 4GiB") { ByteCount($0) != nil },
    ]
}
