import CLua
import CLuaShim

/// The texts of the chunks that were run, by name, so that an error can show its line: as they were when they were
/// compiled, whatever became of the file. The oldest are forgotten when all of them together grow large.
struct SourceTexts {
    private var texts: [String: [UInt8]] = [:]
    private var order: [String] = []
    private var total = 0
    private let most = 16 << 20

    subscript(source: String) -> [UInt8]? { texts[source] }
    var names: [String] { order }

    /// - Parameter source: the chunk's name as Lua has it, `@file.lua` or `=In[3]`.
    mutating func keep(_ text: [UInt8], of source: String) {
        if let old = texts.updateValue(text, forKey: source) {
            total -= old.count
        } else {
            order.append(source)
        }
        total += text.count
        var dropped = 0
        while total > most || order.count - dropped > 10_000, dropped < order.count {
            total -= texts.removeValue(forKey: order[dropped])?.count ?? 0
            dropped += 1
        }
        order.removeFirst(dropped)
    }
}

extension Interpreter {
    /// The text of a chunk by its name as Lua has it, nil when it is not kept.
    func text(ofSource source: String) -> [UInt8]? {
        if let text = sources[source] { return text }
        if let first = source.utf8.first, !"=@".utf8.contains(first) { return Array(source.utf8) }
        var name = source
        name.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { shim_push_text(main, $0.baseAddress, $0.count) }
        }
        defer { shim_pop(main, 1) }
        var count = 0
        guard lua_type(main, -1) == LUA_TSTRING, let bytes = lua_tolstring(main, -1, &count) else { return nil }
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }
}
