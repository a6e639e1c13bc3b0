import Bindings

/// What is open in Lua source between two of its tokens: blocks and brackets.
///
/// Words that begin or end a statement cannot stand inside brackets, so they drop brackets that were never closed: one
/// forgotten parenthesis does not swallow the cells below it.
struct LuaNesting {
    /// For each that is open whether it is a block.
    private var open: [Bool] = []

    var isOutermost: Bool { open.isEmpty }

    mutating func read(_ kind: LuaToken.Kind, _ text: ArraySlice<UInt8>) {
        switch kind {
        case .keyword: readKeyword(String(decoding: text, as: UTF8.self))
        case .symbol where text.count == 1: readSymbol(text[text.startIndex])
        default: break
        }
    }

    private mutating func readSymbol(_ symbol: UInt8) {
        switch symbol {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): open.append(false)
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            if open.last == false { open.removeLast() }
        default: break
        }
    }

    private mutating func readKeyword(_ word: String) {
        switch word {
        case "and", "or", "not", "nil", "true", "false": break
        case "function": open.append(true)
        case "do", "if", "repeat":
            dropBrackets()
            open.append(true)
        case "end", "until":
            dropBrackets()
            if !open.isEmpty { open.removeLast() }
        default: dropBrackets()
        }
    }

    private mutating func dropBrackets() {
        while open.last == false { open.removeLast() }
    }
}
