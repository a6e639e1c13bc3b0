import CLua
import CLuaShim
import Kernel

/// The calls that led to an error, innermost first.
public struct Trace: Sendable {
    public struct Frame: Sendable, Equatable {
        /// The chunk's name as Lua has it: `@file.lua`, `=In[3]`, or the text of a chunk loaded from a string.
        public let source: String
        /// 0 when unknown.
        public let line: Int
        /// What the caller calls the function, empty when it has no name there.
        public let name: String
        /// How the caller knows it: `global`, `local`, `method`, `field`, `metamethod` ...
        public let nameKind: String
        /// `Lua`, `main`, `C`, or `C...` for as many frames as `line` says, left out of a deep stack.
        public let what: String
        public let lineDefined: Int
        /// The values of its variables, when they are kept.
        let variables: FrameVariables?
        /// Whether its variables can be looked at.
        public var hasVariables: Bool { variables != nil }

        /// Whether it is the user's: functions of C and of ours have no text to show.
        public var isUsers: Bool { line > 0 && !what.hasPrefix("C") }
        public var isGap: Bool { what == "C..." }
        /// The chunk as messages name it: `file.lua`, `In[3]`, `[string "x = 1"]`.
        public var chunk: String { what.hasPrefix("C") ? "[C]" : chunkName(ofSource: source) }
        /// `In[3]:2`
        public var place: String { line > 0 && !what.hasPrefix("C") ? "\(chunk):\(line)" : chunk }

        public static func == (a: Frame, b: Frame) -> Bool {
            (a.source, a.line, a.what, a.lineDefined) == (b.source, b.line, b.what, b.lineDefined)
        }

        /// `In[3]:2: in function 'f'`
        public var text: String {
            if isGap { return "...\t(skipping \(line) levels)" }
            return "\(place): in \(role)"
        }

        private var role: String {
            if what == "main" { return "main chunk" }
            switch nameKind {
            case "": return what == "C" ? "?" : "function <\(chunk):\(lineDefined)>"
            case "method", "metamethod": return "\(nameKind) '\(name)'"
            case "for iterator": return "iterator of 'for'"
            default: return "function '\(name)'"
            }
        }
    }
    public let frames: [Frame]

    public init(frames: [Frame] = []) { self.frames = frames }

    /// The user's own, innermost first.
    public var usersFrames: [Frame] { frames.filter(\.isUsers) }

    /// As Lua writes a traceback.
    public var text: String { frames.isEmpty ? "" : "stack traceback:" + frames.map { "\n\t" + $0.text }.joined() }

    /// The trace of an error that passed through Swift: what lies below is at the end of the inner trace already, unless
    /// the inner call ran in a coroutine.
    func continued(by outer: Trace) -> Trace {
        let isThere =
            frames.count >= outer.frames.count && frames.suffix(outer.frames.count).elementsEqual(outer.frames)
        return isThere ? self : Trace(frames: frames + outer.frames)
    }
}

/// The variables of one frame in the trace table that Lua holds.
struct FrameVariables: Sendable {
    let table: LuaReference
    /// The frame's number in the table, from 0.
    let frame: Int
}

/// A Lua value held from Swift until the last owner lets go.
final class LuaReference: @unchecked Sendable {  // `queue` is locked
    let number: CInt
    private let queue: ReferenceQueue
    init(_ number: CInt, _ queue: ReferenceQueue) { (self.number, self.queue) = (number, queue) }
    deinit { queue.add(number) }
}

/// A chunk's name as Lua's messages shorten it: `@` and `=` names to 59 bytes, texts to their first line.
func chunkName(ofSource source: String) -> String {
    let most = 59, bytes = Array(source.utf8)
    func text(_ bytes: some Sequence<UInt8>) -> String { String(decoding: Array(bytes), as: UTF8.self) }
    switch bytes.first {
    case UInt8(ascii: "="): return text(bytes.dropFirst().prefix(most))
    case UInt8(ascii: "@"):
        return bytes.count - 1 <= most ? text(bytes.dropFirst()) : "..." + text(bytes.suffix(most - 3))
    default:
        let line = bytes.prefix { $0 != .newline }, room = most - "[string \"...\"]".utf8.count
        if line.count == bytes.count, line.count < room { return "[string \"\(text(line))\"]" }
        return "[string \"\(text(line.prefix(room)))...\"]"
    }
}

extension Interpreter {
    /// Takes the trace of the call that just failed.
    func takeTrace(_ state: LuaState) -> Trace {
        shim_push_trace(state)
        guard lua_type(state, -1) == LUA_TTABLE else {
            shim_pop(state, 1)
            return Trace()
        }
        let fields = SHIM_TRACE_FIELDS, count = Int(lua_rawlen(state, -1)) / fields
        let hasVariables = shim_keeps_variables()
        lua_pushvalue(state, -1)
        let table = hasVariables ? LuaReference(luaL_ref(state, shim_registry()), references) : nil
        if !hasVariables { shim_pop(state, 1) }
        let frames = (0..<count).map { frame in readFrame(state, frame, table) }
        shim_pop(state, 1)
        return Trace(frames: frames)
    }

    private func readFrame(_ state: LuaState, _ frame: Int, _ table: LuaReference?) -> Trace.Frame {
        func field<R>(_ field: Int, _ body: () -> R) -> R {
            lua_rawgeti(state, -1, lua_Integer(frame * SHIM_TRACE_FIELDS + field))
            defer { shim_pop(state, 1) }
            return body()
        }
        func text(_ number: Int) -> String { field(number) { readString(state, -1) } }
        func number(_ place: Int) -> Int { field(place) { Int(lua_tointegerx(state, -1, nil)) } }
        return Trace.Frame(
            source: text(SHIM_TRACE_SOURCE), line: number(SHIM_TRACE_LINE),
            name: text(SHIM_TRACE_NAME), nameKind: text(SHIM_TRACE_NAMEWHAT),
            what: text(SHIM_TRACE_WHAT), lineDefined: number(SHIM_TRACE_LINEDEFINED),
            variables: table.map { FrameVariables(table: $0, frame: frame) })
    }
}
