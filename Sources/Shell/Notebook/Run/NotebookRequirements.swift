import Kernel

/// What the header of a notebook asks for before anything of it runs: the version of the format and of the program, and
/// inputs with certain digests.
struct NotebookRequirements {
    let notebook: Notebook
    /// Where the paths of inputs begin.
    let folder: String

    /// - Parameters:
    ///   - version: the program's.
    ///   - checksInputs: whether the digests count.
    /// - Throws: `RunComplaint`, which says what was asked for and what there is.
    func check(version: String = Invocation.version, checksInputs: Bool = true) throws {
        if let format = notebook.settings?["format"], format != .int(1) {
            throw RunComplaint.header("format", expected: "1", got: format)
        }
        if let range = notebook.requires { try check(range, version) }
        if checksInputs { for input in notebook.inputs where !input.digest.isEmpty { try check(input) } }
    }

    private func check(_ range: String, _ version: String) throws {
        for part in range.split(whereSeparator: { $0 == " " || $0 == "," }) {
            guard let comparison = VersionComparison(String(part)) else {
                throw RunComplaint.header("requires", expected: "comparisons such as >=0.3", got: .text(range))
            }
            guard comparison.holds(for: version) else {
                throw RunComplaint("the notebook requires assay \(range), and this is \(version)")
            }
        }
    }

    private func check(_ input: (path: String, digest: String)) throws {
        let wanted = input.digest.hasPrefix("sha256-") ? String(input.digest.dropFirst(7)) : input.digest
        guard isDigest(wanted) else {
            throw RunComplaint.header(
                "inputs.\(input.path)", expected: "sha256- and 64 hexadecimal digits", got: .text(input.digest))
        }
        let path = input.path.hasPrefix("/") ? input.path : folder + "/" + input.path
        guard let found = InputLog.source(path, name: input.path) else {
            throw RunComplaint("input \(input.path): the header names it, and it cannot be read")
        }
        guard found.sha256 == wanted else {
            throw RunComplaint(
                "input \(input.path): SHA-256 \(wanted) expected by the header, got \(found.sha256); "
                    + "--changed-inputs runs all the same")
        }
    }
}

/// `>=0.3` and the like.
struct VersionComparison: Equatable {
    let sign: String
    let version: [Int]

    init?(_ text: String) {
        sign = String(text.prefix { "<>=".contains($0) })
        guard let version = VersionComparison.numbers(String(text.dropFirst(sign.count))),
            ["", "=", "==", "<", "<=", ">", ">="].contains(sign)
        else { return nil }
        self.version = version
    }

    func holds(for text: String) -> Bool {
        guard var found = VersionComparison.numbers(text) else { return false }
        var wanted = version
        let count = max(found.count, wanted.count)
        found += [Int](repeating: 0, count: count - found.count)
        wanted += [Int](repeating: 0, count: count - wanted.count)
        let isLess = found.lexicographicallyPrecedes(wanted), isEqual = found == wanted
        return switch sign {
        case "<": isLess
        case "<=": isLess || isEqual
        case ">": !isLess && !isEqual
        case ">=": !isLess
        default: isEqual
        }
    }

    private static func numbers(_ text: String) -> [Int]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        return parts.contains(nil) ? nil : parts.compactMap { $0 }
    }
}
