import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// What this interpreter can be asked about.
    public var reference: Reference { Reference(catalogue, topics: topics()) }

    /// Help for what is typed after `?`: a name, a dotted path of variables, a command, a subject, a pattern with `*`.
    /// A variable of the session comes before a declaration of the same name. Only raw fields are read: nothing runs.
    public func help(for text: String) -> String {
        let name = text.split(separator: " ").joined(), reference = reference
        guard !name.isEmpty else { return Help.overview(reference) }
        if name == "topics" { return Help.topicList(reference).text() }
        let found = pages(about: name, reference)
        if !found.isEmpty { return found.map { $0.text() }.joined(separator: "\n\n") }
        if name.contains("*") { return Help.matching(name, reference.subjects(like: name)) }
        let near = reference.names(near: name, others: globalNames())
        let hint =
            near.isEmpty
            ? "; help.search(\(quoted(name))) searches texts" : "; did you mean \(near.joined(separator: ", "))?"
        return "nothing is known of '\(name)'\(hint)"
    }

    /// The pages about a name as after `?`; none when nothing is known of it.
    public func pages(about name: String) -> [Page] { pages(about: name, reference) }

    private func pages(about name: String, _ reference: Reference) -> [Page] {
        livePage(name, reference).map { [$0] } ?? reference.subjects(named: name).map(reference.page(of:))
    }

    /// The name that help is wanted for at a place of a text: the one at the cursor as far as it goes, otherwise the
    /// function of the call around it; nil when nothing is known of either.
    /// - Parameter cursor: an offset in UTF-8.
    public func subject(in text: String, at cursor: Int) -> String? {
        let bytes = Array(text.utf8), cursor = max(0, min(cursor, bytes.count))
        let start = bytes[..<cursor].lastIndex { !isPathByte($0) }.map { $0 + 1 } ?? 0
        let end = bytes[cursor...].firstIndex { !isPathByte($0) || $0 == dot || $0 == colon } ?? bytes.count
        let path = bytes[start..<end].drop { $0 == dot }
        let name = String(decoding: path, as: UTF8.self)
        if !name.isEmpty, !pages(about: name).isEmpty { return name }
        guard let call = signatureHint(text, at: cursor)?.opening.prefix(while: { $0 != "(" }) else { return nil }
        return pages(about: String(call)).isEmpty ? nil : String(call)
    }

    /// Help for a value.
    public func help(of index: CInt, in state: LuaState) -> String {
        page(of: index, in: state, name: "", reference).text()
    }

    /// The page of what a path of variables leads to, nil when it leads nowhere.
    private func livePage(_ path: String, _ reference: Reference) -> Page? {
        let state = current, base = lua_gettop(state)
        defer { lua_settop(state, base) }
        switch resolve(path, in: state) {
        case .nothing: return nil
        case .member(let function): return reference.page(of: function)
        case .value: return page(of: -1, in: state, name: path, reference)
        }
    }

    /// A declared thing has its page, an object its state and the page of its type, anything else what Lua knows of it.
    private func page(of index: CInt, in state: LuaState, name: String, _ reference: Reference) -> Page {
        switch declaration(of: index, in: state) {
        case .function(let function)?: return reference.page(of: function)
        case .module(let module)?: return reference.page(of: module)
        case .type(let type)?: return objectPage(of: index, in: state, name, type, reference)
        case nil: break
        }
        if let topic = libraryTopic(of: index, in: state, reference) { return reference.page(of: topic) }
        if lua_type(state, index) == LUA_TFUNCTION { return functionPage(of: index, in: state, name) }
        let head = name.isEmpty ? "" : "\(name) is "
        return Page(name, [.signature("\(head)a \(typeName(state, index)) of Lua"), .code(summaryText(state, index))])
    }

    private func objectPage(
        of index: CInt, in state: LuaState, _ name: String, _ type: LuaClass, _ reference: Reference
    ) -> Page {
        let article = "AEIOU".contains(type.name.first ?? "-") ? "an" : "a"
        let head = name.isEmpty ? "\(article) \(type.name)" : "\(name) is \(article) \(type.name)"
        let state: [Page.Part] = [.code(summaryText(state, index))]
        return Page(name, [.signature(head)] + state + reference.page(of: type).parts)
    }

    /// The entry of Lua's standard library that a value is, found by comparing it with what its name leads to.
    private func libraryTopic(of index: CInt, in state: LuaState, _ reference: Reference) -> Topic? {
        let kind = lua_type(state, index)
        guard kind == LUA_TFUNCTION || kind == LUA_TTABLE else { return nil }
        let base = lua_gettop(state), index = lua_absindex(state, index)
        defer { lua_settop(state, base) }
        return reference.topics.first { topic in
            guard topic.kind == .library, case .value = resolve(topic.name, in: state) else { return false }
            defer { lua_settop(state, base) }
            return lua_rawequal(state, -1, index) != 0
        }
    }

    enum Resolved { case nothing, value, member(LuaFunction) }

    /// Pushes what `net`, `attack.pgd` or `results.first` is; a member of an object ends the path, as nothing is computed.
    func resolve(_ path: String, in state: LuaState) -> Resolved {
        guard lua_checkstack(state, 8) != 0 else { return .nothing }
        lua_rawgeti(state, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        for part in path.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "." || $0 == ":" }) {
            if let type = object(state, -1)?.type {
                return (type.methods + type.properties).first { $0.name == part }.map(Resolved.member) ?? .nothing
            }
            guard lua_type(state, -1) == LUA_TTABLE, !part.isEmpty else { return .nothing }
            lua_pushstring(state, String(part))
            if lua_rawget(state, -2) == LUA_TNIL { return .nothing }
        }
        return .value
    }

    private func globalNames() -> [String] { completions(of: "") }
}

private let dot = UInt8(ascii: "."), colon = UInt8(ascii: ":")

/// Whether a byte can be part of `net.layers` or `net:fit`.
private func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case dot, colon, UInt8(ascii: "_"), 48...57, 65...90, 97...122: true
    default: false
    }
}
