import Kernel
import Testing

@testable import Bindings

@Suite struct StubTests {
    static let stubs = Stubs()
    var files: [Stubs.File] { Self.stubs.files }

    func text(_ name: String) -> String { files.first { $0.name == name }?.text ?? "no \(name)" }

    @Test("a function and a class, word for word")
    func golden() {
        #expect(
            text("optim.lua").contains(
                """
                ---@class assay.optim.cosine.options
                ---@field [integer] any
                ---@field final? number factor at the end; default 0
                ---@field warmup? number epochs of linear rise from 0; default 0

                ---Lowers the learning rate along a half cosine to `final` of it, after a linear warm-up.
                ---
                ---Source: Loshchilov and Hutter 2017
                ---
                ---    optim.cosine{warmup = 1}
                ---@param final? number factor at the end; default 0
                ---@param warmup? number epochs of linear rise from 0; default 0
                ---@return Schedule
                ---@overload fun(options: assay.optim.cosine.options): Schedule
                function optim.cosine(final, warmup) end
                """))
        #expect(
            text("types/Schedule.lua") == """
                ---@meta

                -- Written by `assay stubs` from the program's own declarations.

                ---A learning-rate schedule.
                ---
                ---    schedule = optim.cosine{}
                ---@class Schedule
                local Schedule = {}

                ---@class assay.Schedule.factor.options
                ---@field [integer] any
                ---@field epoch? number epochs done, with a fraction
                ---@field epochs? integer epochs in all

                ---The factor on the learning rate.
                ---
                ---    schedule:factor(2, 10)
                ---@param epoch number epochs done, with a fraction
                ---@param epochs integer epochs in all
                ---@return number
                ---@overload fun(self: Schedule, options: assay.Schedule.factor.options): number
                function Schedule:factor(epoch, epochs) end

                ---Release what the object holds now instead of at collection.
                function Schedule:close() end

                """)
        #expect(text("types/Tensor.lua").contains("\n---@operator add(Tensor|number): Tensor\n"))
        #expect(text("types/literals.lua").contains("\n---@alias assay.norm \"linf\"|\"l2\"|\"l1\"\n"))
    }

    @Test("the files are Lua and define every declared function, without the program")
    func load() throws {
        let lua = try Interpreter(Catalogue())
        for file in files {
            let type = file.name.split(separator: "/").last!.dropLast(4)
            let isClass = Catalogue.all.classes.contains { $0.name == type } && file.name.hasPrefix("types/")
            try lua.execute(file.text + (isClass ? "\n_ENV['class.\(type)'] = \(type)" : ""), name: "=\(file.name)")
        }
        for function in Catalogue.all.functions where function.kind != .property {
            guard
                function.name != function.signature.name || function.kind == .method
                    || !Catalogue.all.modules.contains(where: { $0.name == function.name })
            else { continue }  // the call of a module is an overload of its class
            let parts = function.signature.name.split(whereSeparator: { $0 == "." || $0 == ":" }).map(String.init)
            let owner = function.kind == .method ? "_ENV['class.\(parts[0])']" : parts.count > 1 ? parts[0] : "_G"
            let kind = try lua.run("return type(\(owner)['\(function.name)'])").first?.literal
            #expect(kind == "\"function\"", "\(function.signature.name)")
        }
    }

    @Test("every parameter, field and result is annotated")
    func annotated() {
        for type in Catalogue.all.classes {
            let stub = text("types/\(type.name).lua")
            for property in type.properties {
                #expect(stub.contains("---@field \(property.name) "), "\(type.name).\(property.name)")
            }
        }
        let all = files.map(\.text).joined()
        for function in Catalogue.all.functions where !function.signature.parameters.isEmpty {
            let options = "---@class assay.\(function.signature.name.replacingColon).options\n"
            #expect(all.contains(options), "\(function.signature.name)")
        }
    }

    @Test("annotations follow the grammar of the language server, and name only types that exist")
    func grammar() {
        var types: Set<String> = []
        for file in files {
            for line in file.text.split(separator: "\n") {
                for mark in ["---@class ", "---@alias "] where line.hasPrefix(mark) {
                    types.insert(String(line.dropFirst(mark.count).prefix { $0 != " " }))
                }
            }
        }
        for file in files {
            for line in file.text.split(separator: "\n") where line.hasPrefix("---@") {
                var grammar = AnnotationGrammar(String(line.dropFirst(4)), types)
                let isGood = grammar.accepts()
                #expect(isGood, "\(file.name): \(line)")
            }
        }
        for wrong in ["param x", "field x Tensr what", "return integer|", "overload fun(x: number, ): nil", "oper add"]
        {
            var grammar = AnnotationGrammar(wrong, types)
            let isGood = grammar.accepts()
            #expect(!isGood, "\(wrong)")
        }
    }
}

/// The part of the annotations' grammar that stubs use, as the manual of LuaLS has it.
private struct AnnotationGrammar {
    private var rest: Substring
    private let types: Set<String>
    init(_ line: String, _ types: Set<String>) { (rest, self.types) = (line[...], types) }

    mutating func accepts() -> Bool {
        switch word() {
        case "meta": return rest.isEmpty
        case "class": return take(" ") && !word().isEmpty && rest.isEmpty
        case "alias": return take(" ") && !word().isEmpty && take(" ") && type() && rest.isEmpty
        case "field": return take(" ") && fieldName() && take(" ") && type() && (rest.isEmpty || take(" "))
        case "param": return take(" ") && name() && take(" ") && type() && (rest.isEmpty || take(" "))
        case "return": return take(" ") && type() && (rest.isEmpty || take(" "))
        case "overload": return take(" ") && function() && rest.isEmpty
        case "operator": return take(" ") && operation() && rest.isEmpty
        default: return false
        }
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest.removeFirst(text.count)
        return true
    }
    private mutating func word() -> String {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        rest.removeFirst(word.count)
        return String(word)
    }
    private mutating func fieldName() -> Bool {
        guard take("[") else { return name() }
        return type() && take("]")
    }
    private mutating func name() -> Bool {
        if take("...") { return true }
        guard isIdentifier(word()) else { return false }
        _ = take("?")
        return true
    }
    private mutating func type() -> Bool {
        repeat { guard single() else { return false } } while take("|")
        return true
    }
    private mutating func single() -> Bool {
        let isFound: Bool
        if take("(") {
            isFound = type() && take(")")
        } else if take("\"") {
            rest = rest.drop { $0 != "\"" }
            isFound = take("\"")
        } else {
            let name = word()
            if name == "table", take("<") {
                isFound = type() && take(", ") && type() && take(">")
            } else {
                isFound = AnnotationGrammar.basic.contains(name) || types.contains(name)
            }
        }
        guard isFound else { return false }
        while take("[]") {}
        return true
    }
    private mutating func function() -> Bool {
        guard take("fun(") else { return false }
        if !take(")") {
            repeat { guard name(), take(": "), type() else { return false } } while take(", ")
            guard take(")") else { return false }
        }
        return take(": ") && type()
    }
    private mutating func operation() -> Bool {
        guard ["add", "sub", "mul", "div", "mod", "pow", "idiv", "concat", "unm", "len"].contains(word()) else {
            return false
        }
        if take("(") { guard type(), take(")") else { return false } }
        return take(": ") && type()
    }
    private static let basic: Set<String> = [
        "any", "nil", "boolean", "true", "false", "number", "integer", "string", "function", "table",
    ]
}
