import CLua
import CLuaShim
import Kernel

// Inside a call: names of options, and values that fit the parameter.

extension Completer {
    /// What the call around the cursor wants here.
    mutating func offerArguments() {
        guard let call = cursor.call, call.isAtStart, !call.isInKey, let (callee, place) = resolver.callee(of: call)
        else { return }
        if let table = place.table, table.field == nil, place.depth == 0 { offerOptions(callee, place, table) }
        guard let target = callee.target(of: place) else { return }
        for name in target.fields { offerOption(name, detail: "") }
        offerValues(target, callee)
        if place.table == nil, place.place > 0, target.parameter.isOptional, cursor.stem.isEmpty {
            offerTable(of: callee, from: place.place)
        }
    }

    private mutating func offerOptions(_ callee: Callee, _ call: LuaCall, _ table: LuaCall.Table) {
        for (place, parameter) in callee.parameters.enumerated() {
            guard let info = parameter.info, place >= call.place + table.places, !table.keys.contains(info.name) else {
                continue
            }
            offerOption(info.name, detail: Self.detail(info.typeText, info.doc))
        }
    }

    private mutating func offerOption(_ name: String, detail: String) {
        let after = cursor.rest.drop { $0 == 32 }
        let hasEquals = after.first == UInt8(ascii: "=") && after.dropFirst().first != UInt8(ascii: "=")
        offers.add(
            Candidate(hasEquals ? name : name + " = ", label: name + " =", detail: detail), named: name, .option)
    }

    /// `net:fit(d, `: what is left can be given by name.
    private mutating func offerTable(of callee: Callee, from place: Int) {
        for parameter in callee.parameters.dropFirst(place) {
            guard let info = parameter.info, info.isOptional else { continue }
            let text = "{" + info.name + " = "
            offers.add(
                Candidate(text, label: text + "...}", detail: Self.detail(info.typeText, info.doc)), named: text,
                .option)
        }
    }

    /// Whether names of options have been offered: a number among them would only be in the way.
    private var isOptionPlace: Bool {
        scan.frames.last.map { $0.kind == .brace && $0.itemStart == scan.tokens.count } ?? false
    }

    // MARK: values

    private mutating func offerValues(_ target: Callee.Target, _ callee: Callee) {
        let type = target.type, parameter = target.parameter
        let usual = parameter.fallback.flatMap { $0.isNull ? nil : parameter.fallbackText }
        for choice in type.choices {
            let text = quoted(choice)
            offers.add(Candidate(text, detail: text == usual ? "default" : ""), named: choice, .wanted)
        }
        if case .names(let names)? = parameter.suggestions, type.contains("string") {
            for name in names(callee.receiver) { offers.add(Candidate(quoted(name)), named: name, .wanted) }
        }
        if type.contains("boolean") {
            for text in ["true", "false"] {
                offers.add(Candidate(text, detail: text == usual ? "default" : ""), named: text, .wanted)
            }
        }
        if let usual, target.depth == 0, !isOptionPlace, type.contains("number") || type.contains("integer") {
            offers.add(Candidate(usual, detail: "default"), named: usual, .wanted)
        }
        let classes = type.alternatives.filter { name in interpreter.catalogue.classes.contains { $0.name == name } }
        if !classes.isEmpty { offerVariables(of: classes) }
        // Where a number is usual, the many ways to make a tensor would hide it.
        if let first = type.alternatives.first, classes.contains(first) || !offers.isStemEmpty {
            offerConstructors(of: classes)
        }
    }

    /// Variables of some classes, and the functions that make such objects.
    private mutating func offerConstructors(of names: [String]) {
        for function in interpreter.catalogue.modules.flatMap(\.functions)
        where names.contains(where: TypeText(function.returns).contains) {
            let candidate = Candidate(function.signature.name, detail: function.summary)
            offers.add(candidate, named: function.signature.name, .constructor)
            offers.add(candidate, named: function.name, .constructor)
        }
    }

    private mutating func offerVariables(of names: [String]) {
        for variable in scan.variables.reversed() {
            let classes = resolver.classes(resolver.variable(variable.name))
            guard let type = classes.first(where: { names.contains($0.name) }) else { continue }
            offers.add(Candidate(variable.name, detail: type.name), named: variable.name, .variable)
        }
        lua_rawgeti(state, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        offerObjects(names, inTableAt: lua_gettop(state))
    }

    private mutating func offerObjects(_ names: [String], inTableAt table: CInt) {
        forEachKey(ofTableAt: table) { completer, name in
            guard lua_type(completer.state, -1) == LUA_TUSERDATA, let fit = completer.offers.fit(name),
                let found = completer.interpreter.object(completer.state, -1), found.object != nil
            else { return }
            let name = String(decoding: name, as: UTF8.self)
            if names.contains(found.type.name) {
                completer.offers.add(Candidate(name, detail: completer.detail(ofValueAt: -1)), fit, .variable)
            } else {
                // `fashion.train` where a data set is wanted; a class with many such fields would only be in the way.
                let fields = found.type.properties.filter { names.contains($0.returns) }
                for field in fields where fields.count <= 2 {
                    completer.offers.add(
                        Candidate("\(name).\(field.name)", detail: field.returns), fit, .variable)
                }
            }
        }
    }

    /// The classes that the call around the cursor wants here: functions of a module that make them come first.
    var wantedProducts: [String] {
        guard scan.isText(cursor.before, "."), let call = cursor.call, !call.isInKey,
            let (callee, place) = resolver.callee(of: call), let target = callee.target(of: place)
        else { return [] }
        return target.type.alternatives
    }

    func makes(_ products: [String], at index: CInt) -> Bool {
        guard case .function(let function)? = interpreter.declaration(of: index, in: state) else { return false }
        return products.contains(where: TypeText(function.returns).contains)
    }
}

extension Callee {
    /// What is wanted at the cursor.
    struct Target {
        let parameter: ParameterInfo
        /// How many tables of the parameter's value lie around the cursor.
        let depth: Int
        /// What may stand there.
        let type: TypeText
        /// Names of fields that may begin there.
        let fields: [String]
    }

    func target(of call: LuaCall) -> Target? {
        guard let (parameter, depth) = place(of: call), let info = parameter.info else { return nil }
        var type = TypeText(info.type)
        for _ in 0..<max(0, depth - 1) { type = type.element }
        let table = call.inner ?? call.table
        let fields = depth > 1 && table?.field == nil ? type.fields.filter { table?.keys.contains($0) != true } : []
        return Target(parameter: info, depth: depth, type: depth > 0 ? type.element : type, fields: fields)
    }

    /// The parameter that the cursor is in, by the rules of `Signature`, and the depth inside of its value.
    private func place(of call: LuaCall) -> (Parameter, depth: Int)? {
        guard let table = call.table else { return parameter(at: call.place).map { ($0, 0) } }
        let whole = parameter(at: call.place)
        if let field = table.field {
            if let named = parameter(field) { return (named, call.depth) }
            return whole.flatMap { $0.info?.takesFields == true ? ($0, call.depth + 1) : nil }
        }
        if let whole, whole.info?.takesList == true { return (whole, call.depth + 1) }
        return parameter(at: call.place + table.places).map { ($0, call.depth) }
    }
}

extension ParameterInfo {
    /// `number = 1`, `integer >= 1`, `"linf"|"l2" = "linf"`.
    fileprivate var typeText: String {
        guard let fallback, !fallback.isNull else {
            return expected.hasSuffix("|nil") ? String(expected.dropLast(4)) : expected
        }
        return "\(expected) = \(fallbackText)"
    }
}
