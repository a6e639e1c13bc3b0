import CLua
import CLuaShim
import Kernel

/// Looking at the calls of an error after it: their variables, and code that runs among them.
///
/// The variables are the values that they had; assigning to them changes what is seen here and nothing else.
extension Interpreter {
    /// Whether errors keep the variables of their calls. One switch for the process.
    public var keepsVariables: Bool {
        get { shim_keeps_variables() }
        set { shim_keep_variables(newValue) }
    }

    /// A variable of a call.
    public struct FrameVariable: Sendable, Equatable {
        public let name: String
        /// Its value on one line.
        public let text: String
        /// Whether it belongs to a function around.
        public let isUpvalue: Bool
    }

    /// The variables of a call, those of functions around last; empty when none were kept.
    public func variables(of frame: Trace.Frame) -> [FrameVariable] {
        guard let variables = frame.variables else { return [] }
        return [SHIM_TRACE_LOCALS, SHIM_TRACE_UPVALUES].flatMap { field in
            var found: [FrameVariable] = []
            forEachVariable(variables, field) { name in
                found.append(
                    FrameVariable(
                        name: name, text: summaryText(main, lua_gettop(main)), isUpvalue: field == SHIM_TRACE_UPVALUES))
            }
            return found
        }
    }

    /// Runs code as an entry of the prompt in which the variables of a call are visible, then globals.
    /// - Throws: `LuaError`.
    public func evaluate(
        _ entry: EntrySource, in frame: Trace.Frame, name: String, echo: (String) throws -> Void
    ) throws {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        sources.keep(Array(entry.text.utf8), of: name)
        let skipped: CInt = try load(entry, name).skipsFirst ? 1 : 0
        if let variables = frame.variables {
            lua_rawgeti(main, shim_registry(), lua_Integer(variables.table.number))
            shim_push_frame_environment(main, -1, CInt(variables.frame))
            shim_remove(main, -2)
            if lua_setupvalue(main, -2, 1) == nil { shim_pop(main, 1) }
        }
        try callOnStack(main, arguments: 0)
        let first = base + 1 + skipped
        guard first <= lua_gettop(main) else { return }
        for index in first...lua_gettop(main) { try echo(display(main, index)) }
    }

    /// The source around the line that a call had reached.
    public func sourceLines(of frame: Trace.Frame, width: Int, isColoured: Bool) -> [String] {
        guard let text = text(ofSource: frame.source), let excerpt = Excerpt(text, line: frame.line, offset: nil) else {
            return []
        }
        return excerpt.text(width: width, style: ErrorStyle(isColoured: isColoured))
    }

    /// What the last error's calls hold of 1 MiB or more goes with the next entry: only its summary stays.
    func letGoOfLargeVariables() {
        for frame in postMortem?.frames ?? [] {
            guard let variables = frame.variables else { continue }
            for field in [SHIM_TRACE_LOCALS, SHIM_TRACE_UPVALUES] {
                forEachVariable(variables, field) { _ in
                    let value = lua_gettop(main)
                    guard heldBytes(main, value) >= ResultHistory.bigBytes else { return }
                    do { try pushObject(main, FreedValue(summary: summaryText(main, value))) } catch {
                        lua_pushnil(main)
                    }
                    lua_copy(main, -1, value)
                }
            }
        }
    }

    /// Calls the body with each variable's name, the value on top of the stack; what is there afterwards is its value.
    private func forEachVariable(_ variables: FrameVariables, _ field: Int, _ body: (String) -> Void) {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard lua_checkstack(main, 16) != 0 else { return }
        lua_rawgeti(main, shim_registry(), lua_Integer(variables.table.number))
        let place = lua_Integer(variables.frame * SHIM_TRACE_FIELDS + field)
        guard lua_rawgeti(main, -1, place) == LUA_TTABLE else { return }
        var number: lua_Integer = 1
        while lua_rawgeti(main, base + 2, 2 * number - 1) == LUA_TSTRING {
            let name = readString(main, -1)
            lua_rawgeti(main, base + 2, 2 * number)
            body(name)
            lua_rawseti(main, base + 2, 2 * number)
            lua_settop(main, base + 2)
            number += 1
        }
    }
}
