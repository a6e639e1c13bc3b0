import Glibc
import Kernel

/// What a notebook is given: its permissions with the paths as the machine knows them, free of links and `..`.
struct Grants: Equatable, Sendable {
    struct Path: Equatable, Sendable {
        /// As the header has it.
        var asked: String
        var path: String
        /// Whether it lies outside the notebook's folder.
        var isOutside: Bool
        /// Whether nothing stands there yet.
        var isMissing: Bool
    }

    var read: [Path] = []
    var write: [Path] = []
    var net = false
    var exec = false

    static let none = Grants()

    /// - Parameter notebook: the path of the notebook.
    /// - Throws: `PermissionError.path`.
    init(_ permissions: Permissions, of notebook: String) throws {
        let file = Grants.canonical(notebook)
        let folder = Grants.folder(of: file)
        read = try permissions.read.map { try Grants.path($0, in: folder) }
        write = try permissions.write.map { asked in
            let path = try Grants.path(asked, in: folder)
            try Grants.check(path, notebook: file)
            return path
        }
        (net, exec) = (permissions.net, permissions.exec)
    }

    private init() {}

    /// What goes further than files in the notebook's folder, in words.
    var beyondFolder: [String] {
        read.filter(\.isOutside).map { "reading \(VisibleText.escaped($0.path))" }
            + write.filter(\.isOutside).map { "writing in \(VisibleText.escaped($0.path))" }
            + (net ? ["the network"] : []) + (exec ? ["starting programs"] : [])
    }

    /// Makes the folders that may be written in and are not there.
    /// - Throws: `PermissionError.path`.
    func makeFolders() throws {
        for grant in write where grant.isMissing {
            var folder = ""
            for part in grant.path.split(separator: "/") {
                folder += "/" + part
                if mkdir(folder, 0o777) != 0, errno != EEXIST {
                    throw PermissionError.path(grant.asked, String(cString: strerror(errno)).lowercased())
                }
            }
        }
    }

    var json: JSON {
        .object([
            ("read", .list(read.map { .text($0.path) })), ("write", .list(write.map { .text($0.path) })),
            ("net", .flag(net)), ("exec", .flag(exec)),
        ])
    }

    // MARK: paths

    private static func path(_ asked: String, in folder: String) throws -> Path {
        let whole = asked.hasPrefix("/") ? asked : folder + "/" + asked
        let (path, isMissing) = existing(whole)
        guard !path.split(separator: "/").contains("..") else {
            throw PermissionError.path(asked, "leads back from a folder that does not exist")
        }
        return Path(asked: asked, path: path, isOutside: !lies(path, in: folder), isMissing: isMissing)
    }

    /// A notebook may neither change itself nor what decides about it.
    private static func check(_ path: Path, notebook: String) throws {
        var status = stat()
        if stat(path.path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR {
            throw PermissionError.path(path.asked, "is a file; write names folders")
        }
        if lies(notebook, in: path.path) {
            throw PermissionError.path(
                path.asked, "holds the notebook, which may not change itself; name a folder below")
        }
        let home = folder(of: notebook)
        if !path.isOutside, path.path.dropFirst(home.count).split(separator: "/").contains(where: { $0.hasPrefix(".") })
        {
            throw PermissionError.path(path.asked, "is hidden; what lies there may be run by other programs")
        }
        if lies(path.path, in: home + "/__assay__") {
            throw PermissionError.path(path.asked, "holds the records of runs")
        }
        for own in UserFolder.all.map(canonical) where lies(own, in: path.path) || lies(path.path, in: own) {
            throw PermissionError.path(path.asked, "holds what Assay remembers of trust")
        }
    }

    static func lies(_ path: String, in folder: String) -> Bool {
        folder == "/" || path == folder || path.hasPrefix(folder + "/")
    }

    static func folder(of file: String) -> String {
        let end = file.lastIndex(of: "/") ?? file.startIndex
        return end == file.startIndex ? "/" : String(file[..<end])
    }

    /// The path without links; what does not exist is added to the part that does.
    static func canonical(_ path: String) -> String { existing(path).path }

    private static func existing(_ path: String) -> (path: String, isMissing: Bool) {
        if let found = realPath(path) { return (found, false) }
        var parts = path.split(separator: "/").map(String.init), rest: [String] = []
        let start = path.hasPrefix("/") ? "/" : ""
        while let last = parts.popLast() {
            rest.insert(last, at: 0)
            let above = start + parts.joined(separator: "/")
            guard let head = realPath(above.isEmpty ? "." : above) else { continue }
            return ((head == "/" ? "" : head) + "/" + rest.filter { $0 != "." }.joined(separator: "/"), true)
        }
        return (path, true)
    }
}
