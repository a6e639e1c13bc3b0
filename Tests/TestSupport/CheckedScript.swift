import Glibc

/// A Lua script that says in comments what it prints:
///
///     print(1 + 1)     -- CHECK: 2
///     print(os.time()) -- CHECK: {{[0-9]+}}
///     error("no")      -- CHECKERR: {{.*}}: no
///     -- ARGS: a b     the arguments it is run with
///     -- CODE: 1       the code it ends with, 0 when not said
///
/// The lines of standard output are those of CHECK, in order, none more and none less; the lines of standard error are
/// those of CHECKERR. What stands in `{{...}}` is a regular expression.
public struct CheckedScript: Sendable {
    public let path: String
    let output: [String]
    let errors: [String]
    let arguments: [String]
    let code: Int

    public init(path: String) throws {
        guard let text = readFile(path) else { throw ChildError(text: "cannot read \(path)") }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        func marked(_ mark: String) -> [String] {
            lines.compactMap { line in
                line.firstRange(of: "-- \(mark):").map { trim(line[$0.upperBound...]) }
            }
        }
        self.path = path
        (output, errors) = (marked("CHECK"), marked("CHECKERR"))
        arguments = marked("ARGS").flatMap { $0.split(separator: " ").map(String.init) }
        code = marked("CODE").first.flatMap { Int($0) } ?? 0
    }

    /// The scripts of a directory in the order of their names.
    public static func all(in directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".lua") { names.append(name) }
        }
        return names.sorted()
    }

    /// Runs the script and says what differs from its comments; empty when nothing does.
    public func run(_ program: String, environment: [String: String], timeout: Double = 300) throws -> [String] {
        let run = try TestSupport.run(
            program, ["run", path] + arguments, environment: environment, timeout: timeout)
        var complaints = compare(run.output, output, "output") + compare(run.errors, errors, "errors")
        if run.code != code { complaints.append("code \(run.code), expected \(code)") }
        return complaints
    }

    private func compare(_ text: String, _ expected: [String], _ what: String) -> [String] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(trim)
        while lines.last == "" { lines.removeLast() }
        for (number, (line, pattern)) in zip(lines, expected).enumerated() where !matches(line, pattern) {
            return ["\(what), line \(number + 1): expected '\(pattern)', got '\(line)'; all of it:\n\(text)"]
        }
        if lines.count == expected.count { return [] }
        return ["\(what): expected \(expected.count) lines, got \(lines.count):\n\(text)"]
    }
}

/// Whether a line is what a CHECK comment says: plain text but for `{{regular expressions}}`.
func matches(_ line: String, _ pattern: String) -> Bool {
    guard pattern.contains("{{") else { return line == pattern }
    var expression = ""
    var rest = pattern[...]
    while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
        expression += quoted(rest[..<open.lowerBound]) + "(?:" + rest[open.upperBound..<close.lowerBound] + ")"
        rest = rest[close.upperBound...]
    }
    guard let regex = try? Regex(expression + quoted(rest)) else { return false }
    return line.wholeMatch(of: regex) != nil
}

private func quoted(_ text: Substring) -> String {
    text.map { "\\^$.|?*+()[]{}".contains($0) ? "\\\($0)" : "\($0)" }.joined()
}

private func trim(_ text: some StringProtocol) -> String {
    var rest = text.drop(while: \.isWhitespace)[...]
    while rest.last?.isWhitespace == true { rest = rest.dropLast() }
    return String(rest)
}

public func readFile(_ path: String) -> String? {
    guard let stream = fopen(path, "r") else { return nil }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(byte)) }
    return String(decoding: bytes, as: UTF8.self)
}
