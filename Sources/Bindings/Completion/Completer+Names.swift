import CLua
import CLuaShim
import Kernel

// Words that stand for themselves: variables of the text, globals, keywords.

extension Completer {
    mutating func offerNames(isAfterExpression: Bool) {
        if !isAfterExpression || isStatement { offerVariables() }
        for word in keywords(isAfterExpression: isAfterExpression) {
            offers.add(Candidate(word, detail: "keyword"), named: word, .keyword)
        }
    }

    private mutating func offerVariables() {
        for variable in scan.variables.reversed() + scan.assigned.reversed() {
            offers.add(
                Candidate(variable.name, detail: detail(of: variable)), named: variable.name, .local)
        }
        lua_rawgeti(state, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        offerEntries(ofTableAt: lua_gettop(state), .any, .global)
    }

    private func detail(of variable: LuaScan.Variable) -> String {
        switch variable.origin {
        case .function(let token):
            return "function(" + (resolver.parameterNames(.text(token)) ?? []).joined(separator: ", ") + ")"
        default: return "in this entry"
        }
    }

    mutating func offerLabels() {
        for index in scan.tokens.indices
        where scan.isName(index) && scan.isText(index - 1, "::") && scan.isText(index + 1, "::") {
            offers.add(Candidate(scan.text(index), detail: "label"), named: scan.text(index), .local)
        }
    }

    /// Behind `function` a table's name can stand, or any global that is defined anew.
    mutating func offerFunctionNames() {
        guard !cursor.stem.isEmpty else { return }
        lua_rawgeti(state, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        offerEntries(ofTableAt: lua_gettop(state), .any, .global)
    }

    /// Whether a statement can begin here.
    private var isStatement: Bool {
        let before = cursor.before
        if before < 0 { return true }
        guard scan.frames.last.map({ $0.kind == .block }) ?? true else { return false }
        if scan.endsExpression(before) { return true }
        return [";", "::"].contains(scan.text(before))
            || ["do", "then", "else", "repeat", "break"].contains(scan.text(before))
    }

    private func keywords(isAfterExpression: Bool) -> [String] {
        var words: [String] = []
        if isAfterExpression {
            words += ["and", "or"]
            if scan.frames.last.map({ $0.kind == .block }) ?? true {
                words += ["do", "then"] + (isInFor ? ["in"] : [])
            }
        } else {
            words += ["false", "function", "nil", "not", "true"]
        }
        guard isStatement else { return words }
        words += ["break", "do", "for", "function", "goto", "if", "local", "repeat", "return", "while"]
        // Without an open block a closing word would be wrong, but at the prompt it may belong to lines above.
        return words + ["else", "elseif", "end", "until"]
    }

    private var isInFor: Bool {
        scan.tokens.indices.last.map { scan.isText($0 - 1, "for") || scan.isText($0 - 1, ",") } ?? false
    }
}
