import CLua
import CLuaShim
import Kernel

extension Completer {
    /// In a few words what a value is. Objects give their class and size, strings their beginning; nothing is computed.
    func detail(ofValueAt index: CInt) -> String {
        switch lua_type(state, index) {
        case LUA_TBOOLEAN: return lua_toboolean(state, index) != 0 ? "true" : "false"
        case LUA_TNUMBER:
            return lua_isinteger(state, index) != 0
                ? "\(lua_tointegerx(state, index, nil))" : numberText(lua_tonumberx(state, index, nil))
        case LUA_TSTRING: return stringDetail(index)
        case LUA_TTABLE:
            if case .module(let module)? = interpreter.declaration(of: index, in: state) { return module.doc }
            let count = lua_rawlen(state, index)
            return count > 0 ? "table of \(count)" : "table"
        case LUA_TFUNCTION: return functionDetail(index)
        case LUA_TUSERDATA:
            guard let found = interpreter.object(state, index) else { return "userdata" }
            return found.object.map { Self.detail(of: $0, found.type) } ?? "\(found.type.name) (closed)"
        default: return interpreter.typeName(state, index)
        }
    }

    /// What the value on top is, the entry of that name of a table.
    func detail(ofEntry name: UnsafeBufferPointer<UInt8>) -> String {
        guard lua_iscfunction(state, -1) != 0 || lua_type(state, -1) == LUA_TTABLE,
            interpreter.declaration(of: -1, in: state) == nil,
            let topic = Topic.library[library + String(decoding: name, as: UTF8.self)]
        else { return detail(ofValueAt: -1) }
        return topic.summary
    }

    private static func detail(of object: any Sendable, _ type: LuaClass) -> String {
        switch object {
        case let tensor as Tensor: return "Tensor \(tensor.dtype.name) \(shapeText(tensor.shape))"
        case let data as Dataset: return "Dataset of \(data.count)"
        default: return type.name
        }
    }

    private func stringDetail(_ index: CInt) -> String {
        var count = 0
        guard let bytes = lua_tolstring(state, index, &count) else { return "string" }
        let start = UnsafeRawBufferPointer(start: bytes, count: min(count, 120))
        return quoted(String(decoding: start, as: UTF8.self), limit: 30)
    }

    private func functionDetail(_ index: CInt) -> String {
        if case .function(let function)? = interpreter.declaration(of: index, in: state) { return function.summary }
        let place = lua_absindex(state, index)
        return "function"
            + (interpreter.parameterNames(ofFunctionAt: place).map { "(\($0.joined(separator: ", ")))" } ?? "")
    }
}
