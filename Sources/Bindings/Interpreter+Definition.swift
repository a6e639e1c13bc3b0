import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// How something is defined, as asked by `??name`: the text of a Lua function with the place where it stands, and
    /// for what is native its page and the place where that comes from.
    public func definition(of path: String) -> String {
        let state = current, base = lua_gettop(state)
        defer { lua_settop(state, base) }
        guard case .value = resolve(path, in: state), lua_type(state, -1) == LUA_TFUNCTION,
            declaration(of: -1, in: state) == nil, let place = place(of: -1, in: state), !place.isNative
        else { return nativeDefinition(path) }
        guard let text = chunkText(place.chunk) else { return "\(place.description); its text is not kept" }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard place.first >= 1, place.last >= place.first, place.last <= lines.count else { return place.description }
        let comment = commentLines(above: place.first, in: lines)
        let shown = lines[(place.first - 1 - comment)..<place.last]
        return (["-- \(place.description)"] + shown.map(String.init)).joined(separator: "\n")
    }

    /// The page of a Lua function: how it is called, the comment above it, where it stands.
    func functionPage(of index: CInt, in state: LuaState, _ name: String) -> Page {
        guard let place = place(of: index, in: state), !place.isNative else {
            return Page(name, [.signature("a function of C, which nothing is known of")])
        }
        let title = name.isEmpty ? "function" : name
        var parts: [Page.Part] = [.signature("\(title)(\(parameters(of: index, in: state, place)))")]
        if let lines = chunkText(place.chunk)?.split(separator: "\n", omittingEmptySubsequences: false),
            place.first >= 1, place.first <= lines.count
        {
            let count = commentLines(above: place.first, in: lines)
            let comment = lines[(place.first - 1 - count)..<(place.first - 1)].map { line in
                String(line.drop { $0 == " " || $0 == "\t" }.drop { $0 == "-" }.drop { $0 == " " })
            }
            if !comment.isEmpty { parts.append(.text(comment.joined(separator: " "))) }
        }
        parts.append(.fact("defined", place.words))
        if !name.isEmpty { parts.append(.fact("more", "??\(name) shows the text")) }
        return Page(name, parts)
    }

    private func nativeDefinition(_ path: String) -> String {
        let text = help(for: path)
        guard !text.hasPrefix("nothing is known") else { return text }
        return text + "\n  This is no function of Lua code, so there is no text to show."
    }

    /// Where a Lua function stands.
    private struct Place {
        let chunk: String
        let first: Int, last: Int
        let isNative: Bool
        let parameters: Int
        let isVariadic: Bool

        /// `In[3], lines 1 to 4`
        var words: String {
            let name = chunk.hasPrefix("@") || chunk.hasPrefix("=") ? String(chunk.dropFirst()) : "a string"
            return first == last ? "\(name), line \(first)" : "\(name), lines \(first) to \(last)"
        }
        var description: String { "defined in \(words)" }
    }

    private func place(of index: CInt, in state: LuaState) -> Place? {
        guard lua_checkstack(state, 4) != 0 else { return nil }
        var record = lua_Debug()
        lua_pushvalue(state, index)
        guard lua_getinfo(state, ">Su", &record) != 0, let source = record.source else { return nil }
        return Place(
            chunk: String(cString: source), first: Int(record.linedefined), last: Int(record.lastlinedefined),
            isNative: record.what.map { $0.pointee == CChar(UInt8(ascii: "C")) } ?? true,
            parameters: Int(record.nparams), isVariadic: record.isvararg != 0)
    }

    private func parameters(of index: CInt, in state: LuaState, _ place: Place) -> String {
        let names = (0..<place.parameters).map { number -> String in
            lua_pushvalue(state, index)
            defer { shim_pop(state, 1) }
            return lua_getlocal(state, nil, CInt(number + 1)).map { String(cString: $0) } ?? "_"
        }
        return (names + (place.isVariadic ? ["..."] : [])).joined(separator: ", ")
    }

    /// The text of a chunk: kept by the session, or read from its file.
    private func chunkText(_ chunk: String) -> String? {
        if let kept = text(ofSource: chunk) { return String(decoding: kept, as: UTF8.self) }
        guard chunk.hasPrefix("@") else { return nil }
        return (try? Files.read(String(chunk.dropFirst()), limit: 1 << 24)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// How many lines right above a line are comments.
    private func commentLines(above line: Int, in lines: [Substring]) -> Int {
        lines[..<(line - 1)].reversed().prefix { $0.drop { $0 == " " || $0 == "\t" }.hasPrefix("--") }.count
    }
}
