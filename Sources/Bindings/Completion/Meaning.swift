/// What a part of an expression stands for, as far as that is known without computing anything.
enum Meaning {
    /// A value of Lua at a place of the stack.
    case live(CInt)
    /// Some value of a declared type.
    case type(TypeText)
    /// A declared function or method.
    case function(LuaFunction)
    /// A function that the text defines; its keyword is this token.
    case text(Int)
    case unknown

    static func type(_ name: String) -> Meaning {
        let type = TypeText(name)
        return type.isUnknown ? .unknown : .type(type)
    }
}
