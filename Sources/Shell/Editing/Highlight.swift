import Bindings

/// The colours of Lua source while it is typed.
enum Highlight {
    /// Texts that are longer stay plain: colours would slow every key down.
    static let limit = 1 << 14

    /// The parts that have a colour, in order. What is for the system's shell or asks for help has none.
    static func styles(of bytes: UnsafeRawBufferPointer) -> [(range: Range<Int>, style: TextStyle)] {
        guard bytes.count <= limit, let first = bytes.first else { return [] }
        if first == UInt8(ascii: "$") || first == UInt8(ascii: "?") { return [] }
        return LuaLexer.tokens(bytes).compactMap { token in
            style(of: token.kind).map { (token.range, $0) }
        }
    }

    static func style(of kind: LuaToken.Kind) -> TextStyle? {
        switch kind {
        case .keyword: .keyword
        case .string: .string
        case .number: .number
        case .comment: .dim
        case .name, .symbol, .unknown: nil
        }
    }
}
