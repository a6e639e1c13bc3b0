import CLua
import CLuaShim
import Kernel

/// What running Lua can end in.
public enum LuaError: Error, CustomStringConvertible {
    /// The text is no Lua; `incomplete` when it ends too early, so that more lines may mend it.
    case syntax(message: String, incomplete: Bool)
    /// Something was raised. `underlying` is the Swift error that a function of ours threw, or the `RaisedValue` of
    /// Lua's own `error`.
    case runtime(message: String, trace: Trace, underlying: any Error)
    case memory

    public var description: String {
        switch self {
        case .syntax(let message, _): message
        case .runtime(let message, _, _): message
        case .memory: "not enough memory"
        }
    }

    /// Whether Ctrl-C ended the run.
    public var isInterrupt: Bool {
        if case .runtime(_, _, let underlying) = self { underlying is Interrupted } else { false }
    }
    /// The calls that led there.
    public var trace: Trace { if case .runtime(_, let trace, _) = self { trace } else { Trace() } }
    public var traceback: String { trace.text }
    /// The error thrown in Swift, if one was.
    public var underlying: (any Error)? { if case .runtime(_, _, let underlying) = self { underlying } else { nil } }
}

/// A value raised by Lua code, kept so that it can be raised again as it is.
public final class RaisedValue: Error, @unchecked Sendable, CustomStringConvertible {  // `queue` is locked
    public let description: String
    let reference: CInt
    private let queue: ReferenceQueue
    init(_ description: String, _ reference: CInt, _ queue: ReferenceQueue) {
        (self.description, self.reference, self.queue) = (description, reference, queue)
    }
    deinit { queue.add(reference) }
    func isOf(_ queue: ReferenceQueue) -> Bool { self.queue === queue }
}

/// An error as Lua holds it: `e.kind`, `e.message`, `e.traceback`, and text by `tostring`.
final class ErrorObject: TypeNamed, Sendable {
    static let typeName = "Error"
    let error: any Error
    /// `file:line: ` of the Lua code that made the failing call.
    let position: String
    let trace: Trace
    init(_ error: any Error, position: String, trace: Trace = Trace()) {
        (self.error, self.position, self.trace) = (error, position, trace)
    }
    var message: String { "\(error)" }
    var text: String { position + message }
    var kind: String { errorKind(error) }
}

/// What went wrong, in a word.
private func errorKind(_ error: (any Error)?) -> String {
    switch error {
    case is ArgumentError: "argument"
    case is CallError, is ConversionError: "call"
    case is ClosedError: "closed"
    case is Interrupted: "interrupted"
    case is ScriptUsage: "usage"
    case let error as KernelError: error.kind
    default: "error"
    }
}

extension LuaError {
    /// What went wrong, in a word: `syntax`, `memory`, `error` for Lua's own, or the kind of the error thrown in Swift.
    public var kind: String {
        switch self {
        case .syntax: "syntax"
        case .memory: "memory"
        case .runtime(_, _, let underlying): errorKind(underlying)
        }
    }
}

extension KernelError {
    fileprivate var kind: String {
        switch self {
        case .shape: "shape"
        case .dtype: "dtype"
        case .value: "value"
        case .file: "file"
        case .denied: "permission"
        case .state: "state"
        case .memory: "memory"
        }
    }
}

extension LuaClass {
    static let error = LuaClass(ErrorObject.self, "An error that a function of Assay raised.") { c in
        c.example = "ok, e = pcall(tensor.zeros, -1)"
        c.property("kind", "What went wrong, in a word: argument, call, shape, dtype, value, file, state ...") {
            $0.kind
        }
        c.property("message", "The text without the place.") { $0.message }
        c.property("position", "The place of the call: `file:line: `.") { $0.position }
        c.property("traceback", "The calls that led there, when the error passed through Swift.") { $0.trace.text }
        c.description { $0.text }
    }
}

extension Interpreter {
    /// Pushes a Swift error for the trampoline to raise.
    func pushError(_ error: any Error, on state: LuaState) {
        _ = lua_checkstack(state, 8)
        switch error {
        case let stop as Interrupted:
            if let unfinished = stop.partial { partial = unfinished }
            shim_push_interrupt_value(state)
        case LuaError.runtime(_, _, let underlying as Interrupted): pushError(underlying, on: state)
        case LuaError.runtime(_, let trace, let value as RaisedValue) where value.isOf(references):
            lastRaised = (value, trace)
            lua_rawgeti(state, shim_registry(), lua_Integer(value.reference))
        case LuaError.runtime(let message, let trace, let underlying):
            let text = "\(underlying)"
            let position = message.hasSuffix(text) ? String(message.dropLast(text.count)) : ""
            pushErrorObject(ErrorObject(underlying, position: position, trace: trace), state)
        default:
            pushErrorObject(ErrorObject(error, position: position(state)), state)
        }
    }

    /// `file:line: ` of the Lua code that called; one C function may stand between (`pcall`, the field access).
    private func position(_ state: LuaState) -> String {
        for level: CInt in 1...2 {
            luaL_where(state, level)
            let text = readString(state, -1)
            shim_pop(state, 1)
            if !text.isEmpty { return text }
        }
        return ""
    }

    private func pushErrorObject(_ object: ErrorObject, _ state: LuaState) {
        do { try pushObject(state, object) } catch { lua_pushstring(state, object.text) }
    }

    /// The one value that every interrupt raises.
    func installInterruptValue() {
        pushErrorObject(ErrorObject(Interrupted(), position: ""), main)
        shim_set_interrupt_value(main)
    }

    /// Takes the error value off the stack after a failed call.
    func takeError(_ state: LuaState, _ status: CInt) -> LuaError {
        defer { shim_pop(state, 1) }
        if status == LUA_ERRMEM { return .memory }
        if status == LUA_ERRSYNTAX {
            let message = readString(state, -1)
            return .syntax(message: message, incomplete: message.hasSuffix("<eof>"))
        }
        let trace = takeTrace(state)
        if let object = object(state, -1)?.object as? ErrorObject {
            return .runtime(
                message: object.text, trace: object.trace.continued(by: trace), underlying: object.error)
        }
        let message = errorText(state)
        let whole = innerTrace(ofValueOnTop: state)?.continued(by: trace) ?? trace
        lua_pushvalue(state, -1)
        let raised = RaisedValue(message, luaL_ref(state, shim_registry()), references)
        return .runtime(message: message, trace: whole, underlying: raised)
    }

    /// The trace of a value of Lua's that passed through Swift on its way here.
    private func innerTrace(ofValueOnTop state: LuaState) -> Trace? {
        guard let (value, trace) = lastRaised else { return nil }
        lastRaised = nil
        lua_rawgeti(state, shim_registry(), lua_Integer(value.reference))
        defer { shim_pop(state, 1) }
        return lua_rawequal(state, -1, -2) != 0 ? trace : nil
    }

    /// Text of the error value on top, as `lua` reports it. When its own `__tostring` fails, what that raised is the text.
    private func errorText(_ state: LuaState) -> String {
        _ = shim_error_text(state, -1)
        defer { shim_pop(state, 1) }
        let isText = lua_type(state, -1) == LUA_TSTRING || lua_type(state, -1) == LUA_TNUMBER
        return isText ? readString(state, -1) : "(error object is a \(typeName(state, -1)) value)"
    }
}
