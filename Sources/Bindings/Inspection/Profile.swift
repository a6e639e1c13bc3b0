import CLua
import CLuaShim
import Glibc
import Kernel

/// Where the time of some work went: a tree of call paths.
public struct Profile: Sendable {
    public struct Node: Sendable {
        /// `step (In[3]:1)`, `Tensor:matmul`, `string.rep`.
        public let name: String
        /// Whether the function is not written in Lua.
        public let isNative: Bool
        /// The index of the caller; nil for the work as a whole.
        public let parent: Int?
        public internal(set) var calls = 0
        /// Seconds in the function itself, and with what it called.
        public internal(set) var own = 0.0
        public internal(set) var total = 0.0
    }
    /// Callers come before what they called; the first is the work as a whole.
    public internal(set) var nodes: [Node]

    init(_ nodes: [Node]) {
        self.nodes = nodes
        for index in nodes.indices { self.nodes[index].total = nodes[index].own }
        for index in nodes.indices.reversed() {
            if let parent = nodes[index].parent { self.nodes[parent].total += self.nodes[index].total }
        }
    }
}

extension Interpreter {
    /// Runs the body and says where its time went, whether it ended well or not. What profiling itself costs (some
    /// 0.3 µs per call of a function) is left out.
    public func profiling(_ body: () throws -> Void) -> (Profile, Result<Void, any Error>) {
        let owner = Owner()
        shim_profile_start(main)
        Operations.watch(
            Operations.Observer(
                begin: { name, _ in if owner.isHere { shim_profile_begin(name) } },
                end: { if owner.isHere { shim_profile_end() } }))
        let result = Result(catching: body)
        Operations.watch(nil)
        shim_profile_stop(main)
        defer { shim_profile_clear() }
        return (Profile(profileNodes()), result)
    }

    /// The thread that runs Lua.
    private struct Owner: Sendable {
        private let thread = pthread_self()
        var isHere: Bool { pthread_equal(thread, pthread_self()) != 0 }
    }

    /// The tree without C functions that nobody knows, such as those by which we call Lua: what they took is their
    /// caller's.
    private func profileNodes() -> [Profile.Node] {
        var count: CInt = 0
        guard let raw = shim_profile_nodes(&count), let functions = shim_profile_functions() else { return [] }
        let libraries = libraryNames()
        var nodes: [Profile.Node] = [], kept: [Int] = [], places: [[CInt]: Int] = [:]
        for index in 0..<Int(count) {
            let node = raw[index], own = Double(node.nanoseconds) * 1e-9
            let parent = index == 0 ? nil : kept[Int(node.parent)]
            let name = index == 0 ? "all" : name(functions[Int(node.function)], libraries)
            var place = parent ?? 0
            if let name {
                let path = [CInt(clamping: parent ?? -1), node.function]
                place = places[path] ?? nodes.count
                places[path] = place
                if place == nodes.count {
                    let isNative = index > 0 && functions[Int(node.function)].is_c
                    nodes.append(Profile.Node(name: name, isNative: isNative, parent: parent))
                }
                nodes[place].calls += node.calls
            }
            nodes[place].own += own
            kept.append(place)
        }
        return nodes
    }

    private func name(_ function: shim_ProfileFunction, _ libraries: [UnsafeRawPointer: String]) -> String? {
        if let native = function.native {
            return Unmanaged<FunctionBox>.fromOpaque(native).takeUnretainedValue().function.signature.name
        }
        let name = text(function.name), source = text(function.source)
        if function.is_c {
            return function.key.flatMap { libraries[$0] } ?? (name.isEmpty ? nil : name)
        }
        if function.line == 0 { return source }
        return name.isEmpty ? "function (\(source):\(function.line))" : "\(name) (\(source):\(function.line))"
    }

    private func text<T>(_ characters: T) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// The names of the C functions of the standard libraries.
    private func libraryNames() -> [UnsafeRawPointer: String] {
        var names: [UnsafeRawPointer: String] = [:]
        for library in ["coroutine", "debug", "io", "math", "os", "string", "table", "utf8", "package", "_G"] {
            withGlobal(library) { table in
                guard lua_type(main, table) == LUA_TTABLE else { return }
                lua_pushnil(main)
                while shim_next(main, table) != 0 {
                    if let function = lua_tocfunction(main, -1), lua_type(main, -2) == LUA_TSTRING {
                        let name = readString(main, -2)
                        names[unsafeBitCast(function, to: UnsafeRawPointer.self)] =
                            library == "_G" ? name : "\(library).\(name)"
                    }
                    shim_pop(main, 1)
                }
            }
        }
        return names
    }
}
