import CLua
import CLuaShim
import Kernel

/// A Lua state or one of its coroutines, as C sees it. Valid during the call that handed it over; never stored.
public typealias LuaState = OpaquePointer

/// What a userdata owns: one reference to this box.
final class Payload {
    let value: any Sendable
    /// The same when it is a tensor: operators look at every operand, and a cast takes longer than a small sum.
    let tensor: Tensor?
    init(_ value: any Sendable) { (self.value, tensor) = (value, value as? Tensor) }
    init(tensor: Tensor) { (value, self.tensor) = (tensor, tensor) }
}

/// A declared function in an interpreter; its address is the upvalue of the Lua function.
final class FunctionBox {
    let function: LuaFunction
    /// Valid as long as the Lua state, which the interpreter owns; finalizers may still call during its `deinit`.
    unowned(unsafe) let interpreter: Interpreter
    init(_ function: LuaFunction, _ interpreter: Interpreter) {
        (self.function, self.interpreter) = (function, interpreter)
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
