import CLua
import CLuaShim
import Kernel

extension Interpreter {
    /// Runs one entry of the prompt: the values of its last expression go to `echo` as text. The first value becomes the
    /// global `_`.
    /// - Parameters:
    ///   - number: under which the entry and its value are kept in `In` and `Out`; nil for an entry without.
    ///   - text: what errors show lines of, when the entry is a part of that.
    /// - Throws: `LuaError`.
    public func evaluate(
        _ entry: EntrySource, name: String = "=stdin", number: Int? = nil, keeping text: [UInt8]? = nil,
        echo: (String) throws -> Void
    ) throws {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard let first = try resultsOf(entry, name, number, text) else { return }
        for index in first...lua_gettop(main) { try echo(display(main, index)) }
    }

    /// Runs an entry and leaves its values on the stack: the index of the first, nil for none.
    private func resultsOf(
        _ entry: EntrySource, _ name: String, _ number: Int?, _ text: [UInt8]? = nil
    ) throws -> CInt? {
        let base = lua_gettop(main)
        sources.keep(text ?? Array(entry.text.utf8), of: name)
        beginEntry(entry, number: number)
        let skipped: CInt = try load(entry, name).skipsFirst ? 1 : 0
        try callOnStack(main, arguments: 0)
        let first = base + 1 + skipped
        guard first <= lua_gettop(main) else { return nil }
        keepResult(first, number: number)
        return first
    }

    /// Runs one entry of the prompt: the values of its last expression go to `onValue` in every form.
    /// - Throws: `LuaError`.
    public func evaluate(
        _ entry: EntrySource, name: String, number: Int? = nil, onValue: (ValueForms) throws -> Void
    ) throws {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        guard let first = try resultsOf(entry, name, number) else { return }
        for index in first...lua_gettop(main) { try onValue(forms(main, index)) }
    }

    /// Runs source as an entry of the prompt.
    public func evaluate(_ source: String, name: String = "=stdin", echo: (String) throws -> Void) throws {
        try evaluate(EntrySource(source), name: name, echo: echo)
    }

    /// Compiles the first form that compiles; the function is left on the stack.
    func load(_ entry: EntrySource, _ name: String) throws -> EntrySource.Form {
        for form in entry.forms.dropLast() {
            do {
                try load(form.bytes, name)
                return form
            } catch LuaError.syntax {}
        }
        let plain = entry.forms[entry.forms.count - 1]
        do { try load(plain.bytes, name) } catch LuaError.syntax {
            let complaint = complaint(of: entry, name)
            throw LuaError.syntax(message: complaint.message, incomplete: complaint.message.hasSuffix("<eof>"))
        }
        return plain
    }

    /// Whether more lines could make the text an entry.
    ///
    /// The end of the text must be what is missing in one of the readings, and none may be whole already. The line end
    /// that is added makes an unclosed `"` an error at once instead of a wait for more.
    public func isIncomplete(_ source: String) -> Bool {
        var isCut = false
        for form in EntrySource(source + "\n").forms {
            do {
                try load(form.bytes, "=stdin")
                shim_pop(main, 1)
                return false
            } catch LuaError.syntax(_, incomplete: true) {
                isCut = true
            } catch {}
        }
        return isCut
    }

    /// Whether the text compiles as an entry.
    public func isEntry(_ source: String) -> Bool {
        EntrySource(source + "\n").forms.contains { form in
            guard (try? load(form.bytes, "=stdin")) != nil else { return false }
            shim_pop(main, 1)
            return true
        }
    }

    /// After an interrupt: puts what the interrupted work had finished into the global `_`.
    /// - Returns: what it is called, nil when there is nothing.
    public func offerPartial() -> String? {
        guard let object = partial else { return nil }
        partial = nil
        do { try pushObject(main, object) } catch { return nil }
        keepResult(-1, number: nil)
        shim_pop(main, 1)
        return Value.object(object).errorText
    }
}
