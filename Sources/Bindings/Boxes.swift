import CLua
import CLuaShim
import Kernel

/// A Lua state or one of its coroutines, as C sees it. Valid during the call that handed it over; never stored.
public typealias LuaState = OpaquePointer

/// What a userdata owns: one reference to this box. The userdata of a tensor owns the tensor itself.
final class Payload {
    let value: any Sendable
    init(_ value: any Sendable) { self.value = value }
}

extension UnsafeMutablePointer<shim_Slot> {
    /// The object; nil when it has been closed.
    var value: (any Sendable)? {
        guard let object = pointee.object else { return nil }
        if shim_is_cell(self) { return Unmanaged<Tensor>.fromOpaque(object).takeUnretainedValue() }
        return Unmanaged<Payload>.fromOpaque(object).takeUnretainedValue().value
    }
}

/// A declared function in an interpreter; its address is the upvalue of the Lua function.
final class FunctionBox {
    let function: LuaFunction
    /// The function's, at hand: a call then need not go through the rest of the declaration.
    let body: LuaFunction.Body
    /// Valid as long as the Lua state, which the interpreter owns; finalizers may still call during its `deinit`.
    unowned(unsafe) let interpreter: Interpreter
    init(_ function: LuaFunction, _ interpreter: Interpreter) {
        (self.function, body, self.interpreter) = (function, function.body, interpreter)
    }
}

/// A declared class in an interpreter; its address marks the metatable.
final class ClassBox {
    let type: LuaClass
    init(_ type: LuaClass) { self.type = type }
    var address: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
}

/// A declared module in an interpreter; its address marks the module's table.
final class ModuleBox {
    let module: LuaModule
    init(_ module: LuaModule) { self.module = module }
    var address: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }
}

/// Use of an object after `close` or after its `<close>` variable went out of scope.
public struct ClosedError: Error, Equatable, Sendable, CustomStringConvertible {
    public let type: String
    public var description: String { "\(type) has been closed" }
}
