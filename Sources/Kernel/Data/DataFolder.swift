/// Where the files of a published data set may lie, and what to tell a user who has none of them.
struct DataFolder: Sendable {
    /// `fashion-mnist`: the folder's name below `ASSAY_DATA` and `./data`.
    let name: String
    /// The environment variable that names the folder itself.
    let variable: String
    /// Folders of system packages.
    var installed: [String] = []
    /// How to get the files: a sentence.
    let advice: String
    /// For every file the names under which it may lie, the usual one first.
    let files: [[String]]

    /// Folders in the order in which they are looked at. A folder that the user names is the only one.
    func candidates(_ dir: String?) -> [String] {
        if let dir { return [dir] }
        let named = Files.environment(variable).map { [$0] } ?? []
        let shared = Files.environment("ASSAY_DATA").map { ["\($0)/\(name)"] } ?? []
        return named + shared + ["data/\(name)"] + installed
    }

    /// The paths of all files, in the order of `files`.
    /// - Throws: `KernelError.state` that says what is missing, where it was looked for and how to get it.
    func find(_ dir: String?) throws -> [String] {
        let folders = candidates(dir)
        for folder in folders {
            let paths = files.compactMap { names in names.map { "\(folder)/\($0)" }.first(where: Files.isFile) }
            if paths.count == files.count { return paths }
        }
        throw KernelError.state(op: "data.load(\"\(name)\")", reason: missing(folders, isNamed: dir != nil))
    }

    private func missing(_ folders: [String], isNamed: Bool) -> String {
        for folder in folders where Files.isDirectory(folder) {
            let absent = files.filter { names in !names.contains { Files.isFile("\(folder)/\($0)") } }
            if absent.count < files.count || isNamed {
                return "\(folder) lacks \(absent.map { $0[0] }.joined(separator: ", ")). \(advice)"
            }
        }
        let list = files.map { $0[0] }.joined(separator: ", ")
        return
            "found in none of \(folders.joined(separator: ", ")). \(advice) The files are \(list); their folder is named "
            + "by dir = \"...\" or by the environment variable \(variable)"
    }
}
