import Kernel

extension Reference {
    /// A function: how it is called, what it does, its parameters, what it gives, an example, where it comes from.
    public func page(of function: LuaFunction) -> Page {
        var parts: [Page.Part] = [.signature(function.heading), .text(function.summary)]
        if !function.signature.parameters.isEmpty {
            parts.append(.title("parameters"))
            parts.append(.rows(function.signature.parameters.map { Page.Row($0.name, type: $0.expected, $0.meaning) }))
        }
        if let returns = returns(of: function) { parts.append(.fact("returns", returns)) }
        if !function.example.isEmpty { parts.append(.example(function.example)) }
        if !function.source.isEmpty { parts.append(.fact("source", function.source)) }
        let related = related(to: function)
        if !related.isEmpty { parts.append(.related(related)) }
        return Page(function.signature.name, parts)
    }

    /// A module: what it is, its functions and constants.
    public func page(of module: LuaModule) -> Page {
        var parts: [Page.Part] = [
            .signature(module.name.isEmpty ? "global functions" : module.name), .text(module.doc),
        ]
        if let call = module.call {
            parts += [.title("call"), .rows([Page.Row(call.heading, call.summary, target: call.signature.name)])]
        }
        parts += list("functions", module.functions)
        if !module.constants.isEmpty {
            parts += [.title("constants"), .rows(module.constants.map { Page.Row($0.name, $0.value.literal) })]
        }
        let subjects = (mentions[module.name] ?? []).map { "?" + $0 }
        if !subjects.isEmpty { parts.append(.related(subjects)) }
        if let first = module.functions.first { parts.append(.fact("more", "?\(first.signature.name) tells of one")) }
        return Page(module.name.isEmpty ? "globals" : module.name, parts)
    }

    /// A class: what it is, how one is made, its fields, methods and operators.
    public func page(of type: LuaClass) -> Page {
        var parts: [Page.Part] = [.signature(type.name), .text(type.doc)]
        if !type.example.isEmpty { parts.append(.example(type.example)) }
        parts += list("fields", type.properties)
        let isLong = type.methods.count > 30
        parts += isLong ? groups(of: type.methods) : list("methods", type.methods)
        if !type.operators.isEmpty {
            parts += [.title("operators"), .rows(type.operators.map { Page.Row($0.operatorText, $0.summary) })]
        }
        if isLong, let first = type.methods.first {
            parts.append(.fact("more", "?\(first.signature.name) tells of one"))
        }
        return Page(type.name, parts)
    }

    private func list(_ title: String, _ functions: [LuaFunction]) -> [Page.Part] {
        guard !functions.isEmpty else { return [] }
        let rows = functions.map { function in
            let list = function.kind == .method ? function.argumentNames : ""
            return Page.Row(function.name + list, function.summary, target: function.signature.name)
        }
        return [.title(title), .rows(rows)]
    }

    /// Methods by their topic, in the order of declaration.
    private func groups(of methods: [LuaFunction]) -> [Page.Part] {
        var titles: [String] = [], groups: [String: [String]] = [:]
        for method in methods {
            if groups[method.group] == nil { titles.append(method.group) }
            groups[method.group, default: []].append(method.name)
        }
        return [.title("methods")] + titles.map { .names($0.isEmpty ? "other" : $0, groups[$0] ?? []) }
    }

    /// `Attack: an attack with its budget ...`; names for several results come from the example.
    private func returns(of function: LuaFunction) -> String? {
        switch function.returns {
        case "": return nil
        case "...":
            let left = cut(function.example, at: " = ").before
            let names = left.split(separator: ",").map { String($0.drop { $0 == " " }) }
            return names.count > 1 && names.allSatisfy(isIdentifier) ? left : "several values"
        default:
            guard let type = catalogue.classes.first(where: { $0.name == function.returns }) else {
                return function.returns
            }
            return "\(type.name): \(firstSentence(type.doc))"
        }
    }

    /// Namesakes elsewhere, variants, what it gives, and subjects that speak of it.
    private func related(to function: LuaFunction) -> [String] {
        let stem = function.name.filter { $0 != "_" }
        let kin = functions.filter { other in
            other.signature.name != function.signature.name && other.kind != .property
                && other.name.filter { $0 != "_" } == stem
        }
        let variants = functions.filter { other in
            other.signature.name != function.signature.name && other.kind == function.kind
                && owner(other) == owner(function) && areVariants(other.name, function.name)
        }
        let result = catalogue.classes.contains { $0.name == function.returns } ? [function.returns] : []
        let subjects = (mentions[function.signature.name] ?? []).map { "?" + $0 }
        let names = (kin.prefix(4) + variants.prefix(4)).map(\.signature.name) + result + subjects.prefix(3)
        var seen: Set<String> = []
        return names.filter { $0 != owner(function) && seen.insert($0).inserted }
    }

    private func owner(_ function: LuaFunction) -> String {
        String(function.signature.name.dropLast(function.name.count + 1))
    }

    /// `max`, `amax` and `argmax`; `fgsm` and `r_fgsm`: one name is the other with a word more.
    private func areVariants(_ a: String, _ b: String) -> Bool {
        let (short, long) = a.count < b.count ? (a, b) : (b, a)
        return long.hasSuffix("_" + short) || long.hasPrefix(short + "_") || long == "arg" + short
            || long == "a" + short
    }
}

extension LuaFunction {
    /// `Tensor:clamp(lo, hi = 1) -> Tensor`; a field has no parentheses.
    public var heading: String {
        let name = kind == .property ? signature.name : signature.text
        return returns.isEmpty ? name : "\(name) -> \(returns)"
    }

    /// `(lo, hi)`; `(data, ...)` when there are many.
    var argumentNames: String {
        let all = signature.parameters.map(\.name).joined(separator: ", ")
        guard all.count > 24 else { return "(\(all))" }
        return "(" + (signature.parameters.filter { !$0.isOptional }.map(\.name) + ["..."]).joined(separator: ", ")
            + ")"
    }

    /// `a + b` for `__add`.
    var operatorText: String { Self.symbols[name] ?? name }

    private static let symbols = [
        "__add": "a + b", "__sub": "a - b", "__mul": "a * b", "__div": "a / b", "__idiv": "a // b", "__mod": "a % b",
        "__pow": "a ^ b", "__unm": "-a", "__len": "#a", "__eq": "a == b", "__lt": "a < b", "__le": "a <= b",
        "__band": "a & b", "__bor": "a | b", "__bxor": "a ~ b", "__bnot": "~a", "__shl": "a << b", "__shr": "a >> b",
        "__concat": "a .. b", "__call": "a(...)", "__index": "a[key]", "__newindex": "a[key] = value",
    ]
}

extension ParameterInfo {
    /// `norm of the budget; default "linf"`
    var meaning: String {
        guard let fallback, !fallback.isNull else { return doc }
        return "\(doc); default \(fallbackText)"
    }
}

/// Up to the first full stop or semicolon that ends a clause.
func firstSentence(_ text: String) -> String {
    let end = [cut(text, at: ". ").before, cut(text, at: "; ").before].min { $0.count < $1.count } ?? text
    return end.hasSuffix(".") ? String(end.dropLast()) : end
}
