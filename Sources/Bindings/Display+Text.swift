import CLua
import CLuaShim
import Kernel

// Texts that a terminal is safe to show: what the bytes of strings and the results of `__tostring` become.

extension Interpreter {
    /// A Lua string in quotes with escapes, after which Lua would read the same bytes: `"two\nlines\255"`. Of a longer
    /// one the beginning, and how many bytes there are.
    func quotedString(_ state: LuaState, _ index: CInt, limit: Int) -> String {
        var count = 0
        guard let start = lua_tolstring(state, index, &count) else { return "\"\"" }
        let bytes = UnsafeRawBufferPointer(start: start, count: count)
        let cut = limit < count ? bytes.prefix(limit).endIndex : count
        let text = quoted(.init(rebasing: bytes[..<characterStart(bytes, cut)]))
        return cut < count ? "\(text)... (\(count) bytes)" : text
    }

    /// The last place at or before `cut` where a character of UTF-8 begins.
    private func characterStart(_ bytes: UnsafeRawBufferPointer, _ cut: Int) -> Int {
        guard cut < bytes.count else { return bytes.count }
        let start = (max(0, cut - 3)...cut).last { bytes[$0] & 0xC0 != 0x80 }
        return start ?? cut
    }

    /// What `tostring` gives, or what went wrong with it.
    func plainText(_ state: LuaState, _ index: CInt) -> String {
        let kind = typeName(state, index)
        let status = shim_to_string(state, index)
        defer { shim_pop(state, 1) }
        if status == LUA_OK { return visible(readString(state, -1)) }
        guard lua_type(state, -1) == LUA_TSTRING || object(state, -1) != nil else {
            return "(\(kind); its __tostring fails with a \(typeName(state, -1)))"
        }
        let message = object(state, -1).map(describe) ?? readString(state, -1)
        return "(\(kind); its __tostring fails: \(visible(message)))"
    }

    /// An object's own description.
    func describe(_ found: (type: LuaClass, object: (any Sendable)?)) -> String {
        found.object.map(found.type.describe) ?? "\(found.type.name) (closed)"
    }
}

/// Bytes in quotes: control characters, invalid UTF-8 and characters that reorder text are escaped.
private func quoted(_ bytes: UnsafeRawBufferPointer) -> String {
    var out = "\"", parser = Unicode.UTF8.ForwardParser(), rest = bytes.makeIterator(), place = 0
    while true {
        switch parser.parseScalar(from: &rest) {
        case .valid(let encoded):
            place += encoded.count
            out += escaped(Unicode.UTF8.decode(encoded))
        case .error(let length):
            for byte in bytes[place..<place + length] { out += "\\\(byte)" }
            place += length
        case .emptyInput: return out + "\""
        }
    }
}

private func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"": "\\\""
    case "\\": "\\\\"
    case "\n": "\\n"
    case "\t": "\\t"
    case "\r": "\\r"
    case _ where scalar.value < 32 || scalar.value == 127: "\\\(scalar.value)"
    case _ where isHostile(scalar): "\\u{\(String(scalar.value, radix: 16))}"
    default: String(scalar)
    }
}

/// The text with everything escaped that would move the cursor, change colours or reorder what stands beside it.
private func visible(_ text: String) -> String {
    let isSafe = text.utf8.allSatisfy { ($0 >= 32 && $0 < 127) || $0 == 10 || $0 == 9 }
    if isSafe { return text }
    return text.unicodeScalars.reduce(into: "") { out, scalar in
        let isControl = scalar.value < 32 && scalar != "\n" && scalar != "\t" || scalar.value == 127
        out += isControl || isHostile(scalar) ? escaped(scalar) : String(scalar)
    }
}

/// Controls of the second block, and marks that change the direction of text.
private func isHostile(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x80...0x9F, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
}
