import CLua
import CLuaShim
import Kernel

/// The script that runs: where it is and what its user typed after it.
public struct Script: Sendable {
    /// As it stood on the command line.
    public let path: String
    public let arguments: [String]
    /// The text, for the comment at its head.
    let source: [UInt8]

    public init(path: String, arguments: [String], source: [UInt8]) {
        (self.path, self.arguments, self.source) = (path, arguments, source)
    }

    var name: String { String(path.split(separator: "/").last ?? "") }
    var directory: String { path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "." }

    /// The comment lines at the head of the text, without their dashes; annotations and cell marks are left out.
    var about: String {
        let head = String(decoding: source.prefix(1 << 14), as: UTF8.self)
        var lines: [Substring] = []
        for line in head.split(separator: "\n", omittingEmptySubsequences: false) {
            if lines.isEmpty, line.hasPrefix("#") || line.isEmpty { continue }
            guard line.hasPrefix("--"), !line.hasPrefix("--[") else { break }
            if line.hasPrefix("---@") || line.hasPrefix("-- %%") { continue }
            let text = line.drop { $0 == "-" }
            lines.append(text.hasPrefix(" ") ? text.dropFirst() : text)
        }
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines.joined(separator: "\n")
    }
}

extension LuaModule {
    /// The script itself, as its text sees it.
    static let script = LuaModule(
        "script", "The running script: its path, name and directory (nil at the prompt), and its arguments."
    ) { m in
        m.constant("path", .null)
        m.constant("name", .null)
        m.constant("directory", .null)
        m.add(.scriptArguments)
    }
}

private let declarationDoc = """
    a field is an option whose default says its type (a list of texts is a choice), or a table {default =, type =, \
    choices =, required =, help =}; a text in the list part is a word by its place ("input", "output?", "files...")
    """

extension LuaFunction {
    fileprivate static let scriptArguments = LuaFunction(
        name: "args", kind: .function,
        summary: """
            The arguments that the script was called with, as it declares them; the script then answers --help and \
            refuses what it does not declare.
            """,
        source: "", example: "args = script.args{eps = 8/255, steps = 40, norm = {\"linf\", \"l2\"}, verbose = false}",
        signature: Signature(
            "script.args", [Parameter("declared", AnyValue(.null), declarationDoc).info]),
        returns: "table", body: .stack { interpreter, state in try interpreter.serveScriptArguments(state) })
}

extension Interpreter {
    fileprivate func serveScriptArguments(_ state: LuaState) throws -> CInt {
        let declared: Value
        do {
            declared = try read(state, 1)
        } catch let error as ConversionError { throw CallError("script.args: \(error.reason)") }
        let command = ScriptCommand(
            name: script?.name ?? "script", about: script?.about ?? "", options: try ScriptOption.all(in: declared))
        guard let values = try command.values(of: script?.arguments ?? []) else {
            output(command.help)
            throw ScriptHelp()
        }
        try push(state, values.isEmpty ? .list([]) : .table(.init(named: values)))
        return 1
    }

    /// Puts what is known of the script into the module's table.
    func publish(_ script: Script) {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard shim_get_global(main, LuaModule.script.name) == LUA_OK, lua_type(main, -1) == LUA_TTABLE else { return }
        for (name, text) in [("path", script.path), ("name", script.name), ("directory", script.directory)] {
            lua_pushstring(main, name)
            lua_pushstring(main, text)
            lua_rawset(main, -3)
        }
    }
}
