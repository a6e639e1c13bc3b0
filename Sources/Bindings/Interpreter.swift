import CLua
import CLuaShim
import Glibc
import Kernel

/// A Lua 5.4 state with Assay's functions and classes in it. It belongs to the thread that made it.
///
/// Swift code runs Lua only through `call`-like methods, each a protected call; Lua code runs Swift only through
/// `dispatch`. No Lua error crosses a Swift frame.
public final class Interpreter {
    /// The main state. Code that serves a call uses the state it is given, which may be a coroutine.
    let main: LuaState
    /// The state that the innermost running call was made from; `main` when nothing runs.
    var current: LuaState
    /// What is installed, in the order of installation.
    public private(set) var catalogue = Catalogue()
    /// Where `show` and `help` write. The default is the process's standard output through C, in order with `print`.
    public var output: (String) -> Void = { text in
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { shim_write($0.baseAddress, $0.count) }
        }
    }
    /// Takes the forms of each value that is shown, by `show` and by methods of that name, instead of `output`; in order
    /// with what is printed when it drains standard output first.
    public var showObserver: ((ValueForms) -> Void)?
    /// The seed of the hash of strings, on which the order of `pairs` depends; nil when Lua chose it by chance.
    public private(set) var hashSeed: UInt32?
    /// What help knows besides the catalogue and the subjects of its own: the shell's commands and subjects.
    public var topics: () -> [Topic] = { [] }
    /// Tells the collector of bytes outside Lua.
    let pressure = MemoryPressure()

    private(set) var classes: [ObjectIdentifier: ClassBox] = [:]
    /// The class of tensors, which operators push without looking it up.
    private(set) var tensorClass: ClassBox?
    private(set) var functions: [FunctionBox] = []
    private(set) var modules: [ModuleBox] = []
    let references = ReferenceQueue()
    /// Counters that tell a call whether it made objects or saw functions.
    var objectsPushed = 0, callbacksRead = 0
    /// What interrupted work had finished, until the prompt asks for it.
    var partial: (any Sendable)?
    /// What the prompt keeps of its results, from the first entry on.
    var results: ResultHistory?
    var hasResultTables = false
    /// The calls of the last error, with their variables, for looking at.
    public var postMortem: Trace?
    /// The texts of what was run.
    var sources = SourceTexts()
    /// The last value of Lua's that passed through Swift as an error, with the calls inside.
    var lastRaised: (value: RaisedValue, trace: Trace)?
    /// The script that `script.args` speaks of, nil at the prompt.
    public var script: Script? { didSet { script.map(publish) } }
    private let owner = pthread_self()
    private(set) var isOpen = true

    /// Opens a state with the standard libraries and installs a catalogue.
    /// - Parameters:
    ///   - usesEnvironment: whether LUA_PATH and LUA_CPATH say where `require` looks.
    ///   - hashSeed: makes `pairs` visit the string keys of equal tables in the same order in every process, where this
    ///     Lua lets us choose it; see the property.
    /// - Throws: `LuaError.memory` when the state cannot be made.
    public init(_ catalogue: Catalogue = .standard, usesEnvironment: Bool = true, hashSeed: UInt32? = nil) throws {
        shim_set_dispatch(dispatch) { Unmanaged<AnyObject>.fromOpaque($0!).release() }
        var isSet = false
        let made = hashSeed.map { shim_new_state_hashing($0, &isSet) } ?? shim_new_state()
        guard let state = made else { throw LuaError.memory }
        self.hashSeed = isSet ? hashSeed : nil
        (main, current) = (state, state)
        shim_extra(state).pointee = Unmanaged.passUnretained(self).toOpaque()
        shim_set_before_clock { try? DeferredElements.settle() }
        guard shim_open_libraries(state, usesEnvironment) == LUA_OK else { throw takeError(state, LUA_ERRERR) }
        shim_gc_generational(state)
        install(.core)
        installInterruptValue()
        install(catalogue)
        rememberInstalled()
        offerReclaiming()
    }

    /// Releases every object and closes the state. A second time does nothing.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        shim_close_state(main)
    }

    deinit { close() }

    /// Adds modules and classes; a name that exists is replaced.
    public func install(_ addition: Catalogue) {
        for type in addition.classes { install(type) }
        for module in addition.modules { install(module) }
        catalogue.classes += addition.classes
        catalogue.modules += addition.modules
    }

    /// Whether the calling thread may use the state.
    var isOwnThread: Bool { pthread_equal(owner, pthread_self()) != 0 }

    func keep(_ function: LuaFunction) -> UnsafeMutableRawPointer {
        let box = FunctionBox(function, self)
        functions.append(box)
        return Unmanaged.passUnretained(box).toOpaque()
    }
    func keep(_ type: LuaClass) -> ClassBox {
        let box = ClassBox(type)
        retired.append(classes.updateValue(box, forKey: type.type))
        if type.type == ObjectIdentifier(Tensor.self) { tensorClass = box }
        return box
    }
    func keep(_ module: LuaModule) -> ModuleBox {
        modules.append(ModuleBox(module))
        return modules[modules.count - 1]
    }
    /// Replaced classes: userdata made before still carry their marks.
    private var retired: [ClassBox?] = []
}

// MARK: running source text

extension Interpreter {
    /// Compiles source without running it.
    /// - Throws: `LuaError.syntax`, whose `incomplete` says that more lines may mend it.
    public func check(_ source: String, name: String = "=stdin") throws {
        try load(source, name)
        shim_pop(main, 1)
    }

    /// Runs source.
    /// - Parameters:
    ///   - name: the chunk name as Lua has it: `@file.lua` for a file, `=stdin` for text without one.
    ///   - arguments: what `...` is in the chunk.
    /// - Returns: what the chunk returns.
    /// - Throws: `LuaError`.
    @discardableResult
    public func run(_ source: String, name: String = "=stdin", arguments: [Value] = []) throws -> [Value] {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        try loadKeepingText(source, name)
        return try invoke(main, arguments)
    }

    /// Runs source and drops what it returns, whatever that is.
    /// - Throws: `LuaError`.
    public func execute(_ source: String, name: String = "=stdin", arguments: [Value] = []) throws {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        try loadKeepingText(source, name)
        for argument in arguments { try push(main, argument) }
        try callOnStack(main, arguments: CInt(arguments.count))
    }

    private func loadKeepingText(_ source: String, _ name: String) throws {
        let bytes = Array(source.utf8)
        sources.keep(bytes, of: name)
        try load(bytes, name)
    }

    /// Leaves the compiled source on the stack.
    func load(_ source: String, _ name: String) throws { try load(Array(source.utf8), name) }

    /// Leaves the compiled source on the stack.
    func load(_ source: [UInt8], _ name: String) throws {
        references.drain(main)
        let status = source.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { luaL_loadbufferx(main, $0.baseAddress, $0.count, name, "t") }
        }
        if status != LUA_OK { throw takeError(main, status) }
    }
}

// MARK: calls and globals

extension Interpreter {
    /// The value of a global variable.
    /// - Throws: `LuaError` and conversion errors.
    public func global(_ name: String) throws -> Value {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        let status = shim_get_global(main, name)
        if status != LUA_OK { throw takeError(main, status) }
        return try read(main, -1)
    }

    /// Sets a global variable.
    public func setGlobal(_ name: String, _ value: Value) throws {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        try push(main, value)
        let status = shim_set_global(main, name)
        if status != LUA_OK { throw takeError(main, status) }
    }

    /// Sets a global variable to a string of any bytes.
    public func setGlobal(_ name: String, bytes: [UInt8]) throws {
        let base = lua_gettop(main)
        defer { lua_settop(main, base) }
        var status = bytes.withUnsafeBytes {
            shim_push_string(main, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
        }
        if status == LUA_OK { status = shim_set_global(main, name) }
        if status != LUA_OK { throw takeError(main, status) }
    }

    /// Calls the function on top with arguments and takes everything off the stack again.
    func invoke(_ state: LuaState, _ arguments: [Value]) throws -> [Value] {
        let base = lua_gettop(state) - 1
        defer { lua_settop(state, base) }
        for argument in arguments { try push(state, argument) }
        try callOnStack(state, arguments: CInt(arguments.count))
        let count = lua_gettop(state) - base
        return try (0..<count).map { try read(state, base + 1 + $0) }
    }

    /// Calls the function below its arguments; the results stay on the stack.
    func callOnStack(_ state: LuaState, arguments: CInt) throws {
        let before = current
        current = state
        defer { current = before }
        let status = shim_call(state, arguments, LUA_MULTRET)
        if status != LUA_OK { throw takeError(state, status) }
        guard DeferredElements.areWaiting else { return }
        pressure.relieve(state)
        try? DeferredElements.settle()  // what fails or is interrupted fails again when somebody looks
    }
}
