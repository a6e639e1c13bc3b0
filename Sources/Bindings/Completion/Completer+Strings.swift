import CLua
import CLuaShim
import Kernel

// What stands in quotes: keys of tables, values of parameters, modules, files.

extension Completer {
    mutating func offerStrings() {
        guard let string = cursor.string else { return }
        range = string.inside
        offers = Offers(string.content, loosely: true)
        let before = cursor.before
        if scan.isText(before, "["), scan.endsExpression(before - 1) { return offerKeys(in: string) }
        if scan.isText(before, "==") || scan.isText(before, "~="), offerCompared(in: string) { return }
        if let call = cursor.call, call.isAtStart || call.isInKey {
            if case .name("require", _) = call.function.root, call.function.steps.isEmpty {
                return offerModules(in: string)
            }
            if let (callee, place) = resolver.callee(of: call), let target = callee.target(of: place),
                offerKnown(target, callee, place, in: string)
            {
                return
            }
        }
        offerFiles(in: string, endings: [])
    }

    /// The strings that a parameter is known to take; false when none are known.
    private mutating func offerKnown(
        _ target: Callee.Target, _ callee: Callee, _ call: LuaCall, in string: LuaString
    ) -> Bool {
        let end = call.isInKey ? string.closing + "]" : string.closing
        let choices = call.isInKey ? [] : target.type.choices
        let usual = target.parameter.fallback?.literal
        for choice in choices { add(choice, end, quoted(choice) == usual ? "default" : "", in: string) }
        switch target.parameter.suggestions {
        case .names(let names):
            for name in names(callee.receiver) { add(name, end, "", in: string) }
            return true
        case .files(let endings):
            offerFiles(in: string, endings: endings)
            return true
        case nil: return !choices.isEmpty
        }
    }

    private mutating func add(_ name: String, _ end: String, _ detail: String, in string: LuaString) {
        let written = string.escaped(name)
        offers.add(Candidate(written + closing(end), label: written, detail: detail), named: name, .wanted)
    }

    /// `x.dtype == "`: the values that the left side can have.
    private mutating func offerCompared(in string: LuaString) -> Bool {
        guard let path = LuaPath(scan, endingAt: cursor.before - 1),
            case .type(let type) = resolver.meaning(path), !type.choices.isEmpty
        else { return false }
        for choice in type.choices { add(choice, string.closing, "", in: string) }
        return true
    }

    // MARK: modules

    /// `require("`: what is loaded already, and what the search path leads to.
    private mutating func offerModules(in string: LuaString) {
        guard case .live(let package) = resolver.variable("package") else { return }
        for table in ["loaded", "preload"] {
            guard case .live(let index) = resolver.rawMember(table, ofValueAt: package) else { continue }
            forEachKey(ofTableAt: index) { completer, name in
                let name = String(decoding: name, as: UTF8.self)
                completer.add(name, string.closing, "loaded", in: string)
            }
        }
        guard case .live(let index) = resolver.rawMember("path", ofValueAt: package),
            lua_type(state, index) == LUA_TSTRING
        else { return }
        for pattern in interpreter.readString(state, index).split(separator: ";").prefix(32) where !isLate {
            offerModules(pattern: String(pattern), in: string)
        }
    }

    private mutating func offerModules(pattern: String, in string: LuaString) {
        guard let mark = pattern.firstIndex(of: "?") else { return }
        let before = pattern[..<mark], after = String(pattern[pattern.index(after: mark)...])
        guard let slash = before.lastIndex(of: "/"), slash == before.indices.last else { return }
        let parent = string.content.lastIndex(of: ".").map { String(string.content[...$0]) } ?? ""
        let folder = before + parent.map { $0 == "." ? "/" : $0 }
        for entry in FolderListing.entries(String(folder), until: deadline) where entry.name.first != "." {
            if entry.isFolder {
                if !entry.name.contains(".") { addModule(parent + entry.name + ".", end: "", in: string) }
            } else if entry.name.hasSuffix(after), entry.name.utf8.count > after.utf8.count {
                addModule(parent + entry.name.dropLast(after.count), end: string.closing, in: string)
            }
        }
    }

    private mutating func addModule(_ name: String, end: String, in string: LuaString) {
        let written = string.escaped(name)
        offers.add(Candidate(written + closing(end), label: written, detail: "module"), named: name, .wanted)
    }

    // MARK: files

    /// Paths that begin with what is typed. Only the last part is replaced, unless a `~` must give way to what it means.
    mutating func offerFiles(in string: LuaString, endings: [String]) {
        let typed = string.content
        guard !typed.contains("\0") else { return }
        let path = FolderListing.expanded(typed)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let stem = String(path.dropFirst(folder.count))
        if path == typed, let slash = scan.bytes[string.inside].lastIndex(of: UInt8(ascii: "/")) {
            range = slash + 1..<range.upperBound
        }
        let shown = path == typed ? "" : folder
        offers = Offers(stem, loosely: false)
        if stem == ".." { offers.add(Candidate(shown + "../"), named: "../", .wanted) }
        for entry in FolderListing.entries(folder.isEmpty ? "." : folder, until: deadline)
        where entry.name.first != "." || stem.first == "." {
            guard let fit = offers.fit(entry.name.utf8) else { continue }
            let isLikely = entry.isFolder || endings.isEmpty || endings.contains { entry.name.hasSuffix($0) }
            let name = string.escaped(entry.name) + (entry.isFolder ? "/" : "")
            let text = string.escaped(shown) + name + (entry.isFolder ? "" : closing(string.closing))
            offers.add(
                Candidate(text, label: name, detail: entry.isFolder ? "folder" : ""), fit,
                isLikely ? .variable : .global)
        }
    }
}
