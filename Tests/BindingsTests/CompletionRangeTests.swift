import Testing

@testable import Bindings

@Suite struct CompletionRangeTests {
    @Test("a candidate replaces the last part of a path, up to the cursor")
    func range() throws {
        let lua = try Interpreter(Catalogue())
        let completion = lua.complete("x = string.re + 1", at: 13)
        #expect(completion.range == 11..<13)
        #expect(completion.candidates.map(\.text) == ["rep", "reverse"])
        #expect(lua.complete("é", at: 99).range.upperBound <= 2)
    }
}
