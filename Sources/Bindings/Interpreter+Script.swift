import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// Sets the table `arg` from the process's command line as `lua` does: the word at `script` at 0, those after it
    /// from 1 on, those before it below.
    /// - Throws: `LuaError`.
    public func setArguments(script: Int) throws {
        let words = UnsafeRawPointer(CommandLine.unsafeArgv).assumingMemoryBound(to: UnsafePointer<CChar>?.self)
        let status = shim_set_arguments(main, words, CommandLine.argc, CInt(script))
        if status != LUA_OK { throw takeError(main, status) }
    }

    /// Runs a script or a chunk of the command line as `lua` does: source is bytes, whatever their encoding, a byte-order
    /// mark and a first line that begins with `#` are skipped.
    /// - Parameters:
    ///   - name: the chunk name as Lua has it, `@file.lua` or `=text`.
    ///   - takesArguments: whether `...` is what the table `arg` holds, as for a script.
    ///   - results: gets each value that the chunk returns.
    /// - Throws: `LuaError`.
    public func runScript(
        _ source: [UInt8], name: String, takesArguments: Bool = false, results: ((JSON) -> Void)? = nil
    ) throws {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        sources.keep(source, of: name)
        try load(Array(withoutFirstComment(source[...])), name)
        try callScript(takesArguments)
        guard let results, lua_gettop(main) > base else { return }
        for index in (base + 1)...lua_gettop(main) { results(json(main, index)) }
    }

    /// Makes `require(module)` the value of a global, as `lua -l` does.
    /// - Throws: `LuaError`.
    public func require(_ module: String, as global: String) throws {
        try execute(
            "local name, module = ... _G[name] = require(module)", name: "=(command line)",
            arguments: [.text(global), .text(module)])
    }

    private func callScript(_ takesArguments: Bool) throws {
        let before = current
        current = main
        defer { current = before }
        let status = shim_call_script(main, takesArguments)
        if status != LUA_OK { throw takeError(main, status) }
    }
}

/// What `luaL_loadfile` skips. The line end stays, so that lines keep their numbers.
private func withoutFirstComment(_ source: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let text = source.starts(with: [0xef, 0xbb, 0xbf]) ? source.dropFirst(3) : source
    guard text.first == UInt8(ascii: "#") else { return text }
    return text.drop { $0 != UInt8(ascii: "\n") }
}
