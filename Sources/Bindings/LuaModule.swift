import Kernel

/// A table of functions: `tensor`, `nn`, `attack`. The module with the empty name holds global functions.
public struct LuaModule: Sendable {
    public let name: String
    public let doc: String
    public let functions: [LuaFunction]
    /// What `name(...)` or `name{...}` does, if anything.
    public let call: LuaFunction?
    public let constants: [(name: String, value: Value)]

    public init(_ name: String, _ doc: String, build: (inout LuaModuleBuilder) -> Void) {
        var builder = LuaModuleBuilder(name)
        build(&builder)
        (self.name, self.doc) = (name, doc)
        (functions, call, constants) = (builder.functions, builder.caller, builder.constants)
    }
}

/// Collects the members of a `LuaModule`.
public struct LuaModuleBuilder {
    let name: String
    var functions: [LuaFunction] = []
    var caller: LuaFunction?
    var constants: [(name: String, value: Value)] = []
    init(_ name: String) { self.name = name }

    /// `module.name(...)`.
    public mutating func function<R: Sendable, each A: ParameterValue>(
        _ name: String, _ summary: String, source: String = "", example: String = "",
        _ parameter: repeat Parameter<each A>, body: @escaping @Sendable (repeat each A) throws -> R
    ) {
        functions.append(
            LuaFunction(
                self.name, name, summary, source: source, example: example, repeat each parameter, body: body))
    }

    /// A function declared elsewhere.
    public mutating func add(_ function: LuaFunction) { functions.append(function) }

    /// One function per recipe.
    public mutating func recipes<Product: Sendable>(_ recipes: [Recipe<Product>]) {
        functions += recipes.map { LuaFunction($0) }
    }

    /// `module(...)` and `module{...}`.
    public mutating func call<R: Sendable, each A: ParameterValue>(
        _ summary: String, example: String = "", _ parameter: repeat Parameter<each A>,
        body: @escaping @Sendable (repeat each A) throws -> R
    ) {
        caller = LuaFunction("", name, summary, example: example, repeat each parameter, body: body)
    }

    /// `module.name`, a fixed value.
    public mutating func constant(_ name: String, _ value: Value) { constants.append((name, value)) }
}

/// Everything that is installed in an interpreter; help, completion, stubs and the fuzzer walk it.
public struct Catalogue: Sendable {
    public var modules: [LuaModule]
    public var classes: [LuaClass]
    public init(modules: [LuaModule] = [], classes: [LuaClass] = []) {
        (self.modules, self.classes) = (modules, classes)
    }

    /// Every function and method with its qualified name.
    public var functions: [LuaFunction] {
        modules.flatMap { $0.functions + ($0.call.map { [$0] } ?? []) } + classes.flatMap { $0.methods + $0.properties }
    }
}

/// A declared thing that a Lua value stands for.
public enum Declaration: Sendable {
    case function(LuaFunction)
    case module(LuaModule)
    case type(LuaClass)
}
