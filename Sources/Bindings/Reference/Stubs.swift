import Kernel

/// Definition files for the Lua language server (LuaLS, also read by EmmyLua): every function with its parameters,
/// results, options by name and operators, written from the declarations.
public struct Stubs: Sendable {
    /// One file of definitions.
    public struct File: Sendable, Equatable {
        /// `attack.lua`, `types/Attack.lua`: names that differ in more than the case of letters.
        public let name: String
        public let text: String
    }
    public let files: [File]

    public init(_ catalogue: Catalogue = .all) {
        let writer = StubWriter(catalogue)
        let globals = catalogue.modules.filter(\.name.isEmpty).flatMap(\.functions)
        files =
            [File(name: "types/literals.lua", text: writer.file(writer.aliases))]
            + [File(name: "globals.lua", text: writer.file(globals.map(writer.function)))]
            + catalogue.modules.filter { !$0.name.isEmpty }.map { module in
                File(name: module.name + ".lua", text: writer.file(writer.module(module)))
            }
            + catalogue.classes.map { type in
                File(name: "types/\(type.name).lua", text: writer.file(writer.type(type)))
            }
    }
}

/// Writes declarations as annotated Lua.
private struct StubWriter {
    private let types: StubType
    private let sets: StubAliases

    init(_ catalogue: Catalogue) {
        types = StubType(classes: Set(catalogue.classes.map(\.name)))
        sets = StubAliases(catalogue.functions, types)
    }

    func file(_ blocks: [String]) -> String {
        (["---@meta", "-- Written by `assay stubs` from the program's own declarations."] + blocks)
            .joined(separator: "\n\n") + "\n"
    }

    var aliases: [String] { sets.list.map { "---@alias \($0.name) \($0.type)" } }

    // MARK: modules and classes

    func module(_ module: LuaModule) -> [String] {
        var head = comment(module.doc) + ["---@class assay.\(module.name)"]
        for (name, value) in module.constants { head.append("---@field \(name) \(literalType(of: value))") }
        if let call = module.call { head += overloads(of: call, isWhole: true) }
        let options = module.call.map { self.options(of: $0) } ?? []
        return options + [(head + ["\(module.name) = {}"]).joined(separator: "\n")] + module.functions.map(function)
    }

    func type(_ type: LuaClass) -> [String] {
        var head = comment(type.doc)
        if !type.example.isEmpty { head += ["---", "---    \(type.example)"] }
        head.append("---@class \(type.name)")
        head += type.properties.map { "---@field \($0.name) \(spelled($0.returns)) \(line($0.summary))" }
        head += type.operators.compactMap { operation($0, type) }
        let variable = isIdentifier(type.name) && !isLibrary(type.name) ? type.name : "_" + type.name
        return [(head + ["local \(variable) = {}"]).joined(separator: "\n")]
            + type.methods.map { function($0, owner: variable) } + [closing(variable)]
    }

    private func isLibrary(_ name: String) -> Bool { ["string", "table", "math", "io", "os"].contains(name) }

    /// What every object has.
    private func closing(_ variable: String) -> String {
        "---Release what the object holds now instead of at collection.\nfunction \(variable):close() end"
    }

    /// The language server knows arithmetic, `#`, `-`, `..` and calls; keys by number are fields.
    private func operation(_ operation: LuaFunction, _ type: LuaClass) -> String? {
        let parameters = operation.signature.parameters
        switch operation.name {
        case "__index": return "---@field [\(parameters.first?.type ?? "integer")] \(spelled(operation.returns))"
        case "__call":
            let list = parameters.map { "\($0.name)\($0.isOptional ? "?" : ""): \(spelled($0.type))" }
            return "---@overload fun(\(list.joined(separator: ", "))): \(result(of: operation))"
        case "__len": return "---@operator len: integer"
        case "__unm", "__bnot": return "---@operator \(operation.name.dropFirst(2)): \(type.name)"
        case "__add", "__sub", "__mul", "__div", "__mod", "__pow", "__idiv", "__concat", "__band", "__bor", "__bxor",
            "__shl", "__shr":
            let operand = parameters.count > 1 ? spelled(parameters[1].type) : "any"
            return "---@operator \(operation.name.dropFirst(2))(\(operand)): \(spelled(operation.returns))"
        default: return nil
        }
    }

    // MARK: functions

    func function(_ function: LuaFunction) -> String { self.function(function, owner: nil) }

    private func function(_ function: LuaFunction, owner: String?) -> String {
        let name = function.signature.name, parameters = function.signature.parameters
        var lines = comment(function.summary)
        if !function.source.isEmpty { lines += ["---", "---Source: \(line(function.source))"] }
        if !function.example.isEmpty { lines += ["---", "---    \(line(function.example))"] }
        lines += places(parameters).map { "---@param \($0.name) \($0.type) \(line($0.doc))" }
        lines += returns(of: function)
        lines += overloads(of: function, isWhole: false)
        let called = owner.map { "\($0):\(function.name)" } ?? name
        let list = places(parameters).map { $0.name.hasSuffix("?") ? String($0.name.dropLast()) : $0.name }
        lines.append("function \(called)(\(list.joined(separator: ", "))) end")
        return (options(of: function) + [lines.joined(separator: "\n")]).joined(separator: "\n\n")
    }

    /// The parameters by place. After one that takes any number nothing can come by place.
    private func places(_ parameters: [ParameterInfo]) -> [(name: String, type: String, doc: String)] {
        var places: [(name: String, type: String, doc: String)] = []
        for parameter in parameters {
            if parameter.variadic {
                let element = parameter.type.hasSuffix("[]") ? String(parameter.type.dropLast(2)) : parameter.type
                return places + [("...", "\(spelled(element))|\(spelled(parameter.type))", parameter.meaning)]
            }
            let mark = parameter.isOptional ? "?" : ""
            places.append((safe(parameter.name) + mark, spelled(parameter.type), parameter.meaning))
        }
        return places
    }

    /// The class of the table of named options.
    private func options(of function: LuaFunction) -> [String] {
        guard !function.signature.parameters.isEmpty else { return [] }
        let fields = function.signature.parameters.map { parameter in
            "---@field \(parameter.name)? \(spelled(parameter.type)) \(line(parameter.meaning))"
        }
        return [(["---@class \(optionsName(function))", "---@field [integer] any"] + fields).joined(separator: "\n")]
    }

    private func optionsName(_ function: LuaFunction) -> String {
        "assay.\(function.signature.name.replacingColon).options"
    }

    /// The calls with a table: all by name, or what must be given by place and the rest by name.
    private func overloads(of function: LuaFunction, isWhole: Bool) -> [String] {
        let parameters = function.signature.parameters, result = result(of: function)
        let me = function.kind == .method ? ["self: \(ownerName(function))"] : []
        guard !parameters.isEmpty else { return isWhole ? ["---@overload fun(): \(result)"] : [] }
        let options = "options: \(optionsName(function))"
        let needed = parameters.filter { !$0.isOptional }.map { "\(safe($0.name)): \(spelled($0.type))" }
        var lists = [me + [options]]
        if !needed.isEmpty, needed.count < parameters.count { lists.append(me + needed + [options]) }
        if isWhole {
            lists.insert(parameters.map { "\(safe($0.name))\($0.isOptional ? "?" : ""): \(spelled($0.type))" }, at: 0)
        }
        return lists.map { "---@overload fun(\($0.joined(separator: ", "))): \(result)" }
    }

    private func returns(of function: LuaFunction) -> [String] {
        switch function.returns {
        case "": return []
        case "...":
            let names = cut(function.example, at: " = ").before.split(separator: ",").map {
                String($0.drop { $0 == " " })
            }
            guard names.count > 1, names.allSatisfy({ isIdentifier($0) }) else { return ["---@return any ..."] }
            return names.map { "---@return any \($0)" }
        default: return ["---@return \(spelled(function.returns))"]
        }
    }

    private func result(of function: LuaFunction) -> String {
        switch function.returns {
        case "": "nil"
        case "...": "any"
        default: spelled(function.returns)
        }
    }

    private func ownerName(_ function: LuaFunction) -> String {
        String(function.signature.name.dropLast(function.name.count + 1))
    }

    // MARK: words

    private func spelled(_ type: String) -> String {
        types.text(type).isEmpty ? "any" : sets.shortened(types.text(type), types)
    }
    private func safe(_ name: String) -> String { LuaLexer.keywords.contains(name) ? name + "_" : name }
    private func line(_ text: String) -> String { String(text.map { $0 == "\n" ? " " : $0 }) }
    private func comment(_ text: String) -> [String] { text.isEmpty ? [] : ["---" + line(text)] }

    private func literalType(of value: Value) -> String {
        switch value {
        case .flag: "boolean"
        case .int: "integer"
        case .number: "number"
        case .text: "string"
        default: "any"
        }
    }
}
