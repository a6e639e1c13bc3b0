import Foundation
import Testing

@testable import Bindings

/// An interpreter with variables to complete, and what Tab gives there.
final class CompletionDesk {
    let lua: Interpreter
    init(_ setUp: String = "", _ catalogue: Catalogue = .standard) throws {
        lua = try Interpreter(catalogue)
        try lua.run(setUp)
    }

    /// The completion at the `|` of a text.
    func complete(_ marked: String) -> Completion {
        let bytes = Array(marked.utf8), mark = bytes.firstIndex(of: UInt8(ascii: "|")) ?? bytes.count
        return lua.complete(marked.replacingFirst("|", ""), at: mark)
    }
    /// The texts that are offered at the `|`.
    func texts(_ marked: String) -> [String] { complete(marked).candidates.map(\.text) }
    /// The first few of them.
    func texts(_ marked: String, _ count: Int) -> [String] { Array(texts(marked).prefix(count)) }

    func signature(_ marked: String) -> String? {
        let mark = Array(marked.utf8).firstIndex(of: UInt8(ascii: "|"))!
        return lua.signature(marked.replacingFirst("|", ""), at: mark)
    }
    /// The text after the first candidate has been taken.
    func applied(_ marked: String) -> String? {
        let completion = complete(marked)
        guard let first = completion.candidates.first else { return nil }
        var bytes = Array(marked.replacingFirst("|", "").utf8)
        bytes.replaceSubrange(completion.range, with: Array(first.text.utf8))
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    func replacingFirst(_ part: String, _ other: String) -> String {
        guard let range = range(of: part) else { return self }
        return replacingCharacters(in: range, with: other)
    }
}
