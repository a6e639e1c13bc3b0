import Kernel

/// What a notebook asks for in its header: `permissions: {read: [...], write: [...], net: false, exec: false}`.
///
/// Without the key, and with `permissions: none`, it asks for nothing: everything is denied.
struct Permissions: Equatable, Sendable {
    /// Files and folders to read, as the header names them: relative to the notebook's folder.
    var read: [String] = []
    /// Folders to write in, and to read.
    var write: [String] = []
    var net = false
    var exec = false

    static let none = Permissions()
    var isNone: Bool { self == .none }

    /// - Parameter json: the header's `permissions`; nil for none.
    /// - Throws: `PermissionError.header`.
    init(json: JSON?) throws {
        guard let json, json != .null, json != .text("none") else { return }
        guard let fields = json.object else {
            throw PermissionError.header("permissions is none or {read: [...], write: [...], net: ..., exec: ...}")
        }
        for field in fields {
            switch field.name {
            case "read": read = try Permissions.paths(field)
            case "write": write = try Permissions.paths(field)
            case "net": net = try Permissions.flag(field)
            case "exec": exec = try Permissions.flag(field)
            default: throw PermissionError.header("permissions knows read, write, net and exec, not '\(field.name)'")
            }
        }
    }

    init(read: [String] = [], write: [String] = [], net: Bool = false, exec: Bool = false) {
        (self.read, self.write, self.net, self.exec) = (read, write, net, exec)
    }

    private static func paths(_ field: JSON.Field) throws -> [String] {
        let paths = field.value.list?.compactMap(\.text) ?? []
        guard let list = field.value.list, paths.count == list.count, paths.count <= 100,
            paths.allSatisfy({ !$0.isEmpty && !$0.utf8.contains(0) })
        else { throw PermissionError.header("permissions: \(field.name) is a list of at most 100 paths") }
        return paths
    }

    private static func flag(_ field: JSON.Field) throws -> Bool {
        guard case .flag(let flag) = field.value else {
            throw PermissionError.header("permissions: \(field.name) is true or false")
        }
        return flag
    }
}

/// Why a notebook does not run as asked.
enum PermissionError: Error, Equatable, CustomStringConvertible {
    /// The header asks in a way that means nothing.
    case header(String)
    /// The header asks for a file or folder that cannot be granted.
    case path(String, String)
    /// More is asked for than `--sandbox` grants unasked.
    case beyond([String])
    /// Nobody is there to decide.
    case undecided(String)
    /// The user said no.
    case refused(String)
    /// The machine cannot confine what was to be confined.
    case unconfined([String])

    var description: String {
        switch self {
        case .header(let reason): "header: \(reason)"
        case .path(let path, let reason): "permissions: \(VisibleText.escaped(path)): \(reason)"
        case .beyond(let requests):
            "the header asks for \(requests.joined(separator: ", ")), which --sandbox alone does not grant; "
                + "--sandbox --grant grants all that it asks for"
        case .undecided(let name):
            "\(name) is not trusted, and there is no terminal to ask at; --sandbox confines it, --trust runs it as it is"
        case .refused(let name): "\(name) was not run"
        case .unconfined(let missing):
            "this machine cannot confine it: \(missing.joined(separator: "; ")). --partial-sandbox runs it with the rest"
        }
    }

    /// A wrong header is a usage error, everything else a permission that is not given.
    var status: ExitStatus { if case .header = self { .usage } else { .permission } }
}
