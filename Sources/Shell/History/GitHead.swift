import Bindings
import Glibc
import Kernel

/// What is checked out in the git repository around a folder, read from its files: no program is started for it.
enum GitHead {
    /// The 40 digits of the commit; nil outside of a repository and before its first commit.
    static func commit(around directory: String) -> String? {
        guard let folder = repository(around: directory), let head = line(of: folder + "/HEAD") else { return nil }
        guard head.hasPrefix("ref: ") else { return digits(head) }
        let name = String(head.dropFirst(5)), common = line(of: folder + "/commondir").map { resolve($0, in: folder) }
        for place in [folder, common].compactMap({ $0 }) {
            if let found = line(of: place + "/" + name).flatMap(digits) { return found }
        }
        return packed(name, in: common ?? folder)
    }

    /// The folder `.git`, or where a file of that name points, as in work trees.
    private static func repository(around directory: String) -> String? {
        var parts = directory.split(separator: "/")
        while true {
            let root = "/" + parts.joined(separator: "/"), path = root + "/.git"
            var status = stat()
            if stat(path, &status) == 0 {
                if status.st_mode & S_IFMT == S_IFDIR { return path }
                if let pointer = line(of: path), pointer.hasPrefix("gitdir: ") {
                    return resolve(String(pointer.dropFirst(8)), in: root)
                }
            }
            if parts.popLast() == nil { return nil }
        }
    }

    private static func packed(_ name: String, in folder: String) -> String? {
        text(of: folder + "/packed-refs")?.split(separator: "\n").lazy.compactMap { line in
            line.hasSuffix(" " + name) ? digits(String(line.prefix(40))) : nil
        }.first
    }

    private static func resolve(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") ? path : folder + "/" + path
    }
    private static func digits(_ text: String) -> String? {
        text.count >= 40 && text.allSatisfy(\.isHexDigit) ? text : nil
    }
    private static func line(of path: String) -> String? { text(of: path).map { String($0.prefix { $0 != "\n" }) } }

    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return contents(of: descriptor)
    }
}
