import Kernel
import Testing

@testable import Shell

@Suite("the reader of notebooks under random texts")
struct NotebookFuzzTests {
    /// Draws that are the same in every run.
    private struct Draws: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static let pieces = [
        "-- %%", "--%%", " -- %%% x", "-- %% t [markdown]", "-- %% [raw] a=1", "-- %% [md]", "-- <codecell>",
        "-- In[1]:",
        "%% x", "-- \\%% x", "-- ```", "-- ~~~", "```", "--[[", "]]", "[[", "[==[", "]==]", "\"", "'", "\\", "x = 1",
        "end", "do",
        "function f()", "if x then", "else", "repeat", "until x", "(", ")", "{", "}", "-- ---", "-- a: 1",
        "-- jupyter:",
        "--   b: [1, {c: 'd'}]", "#!x", "-- coding: utf-8", "--", "", " ", "\t", "\r", "\r\n", "\u{0}", "\u{FEFF}",
        "\u{301}",
        "\u{2028}", "é", "name=\"n\"", "tags=[\"a\"]", "k={\"a\": [1]}", "=", "= =", ".cls", "{", "title=\"a=b\"",
        "title=\"x\"",
        "region_name=\"md\"", "cell_depth=2", "language=\"bash\"", "None", "'q'", "%", "[markdown]", "[raw]",
        "lines_to_next_cell=0",
        "incorrectly_encoded_metadata=\"x\"", "%time", "%%bash -x",
    ]

    private func check(_ text: String) throws {
        guard let notebook = try? Notebook(parsing: text) else { return }
        let written = notebook.text
        let again = try Notebook(parsing: written)
        #expect(again.contents == notebook.contents, "\(text.debugDescription) -> \(written.debugDescription)")
        #expect(Array(again.text.utf8) == Array(written.utf8), "\(text.debugDescription)")
        if text.utf8.contains(0) { return }  // which our reader of JSON refuses
        _ = Lint(text).findings
        let once = try notebook.throughIpynb(), twice = try Notebook(parsing: once.text).throughIpynb()
        #expect(Array(twice.text.utf8) == Array(once.text.utf8), "\(text.debugDescription)")
    }

    @Test("lines made of pieces that matter read, write and read the same")
    func pieces() throws {
        var draws = Draws(state: 1)
        for _ in 0..<4000 {
            var text = ""
            for _ in 0..<Int.random(in: 0...14, using: &draws) {
                text += Self.pieces.randomElement(using: &draws)!
                let ends = ["\n", "\n", "\n", "\n\n", " ", ""]
                text += ends.randomElement(using: &draws)!
            }
            try check(text)
        }
    }

    @Test("markers of random words read, write and read the same")
    func markers() throws {
        var draws = Draws(state: 2)
        for _ in 0..<3000 {
            let words = (0..<Int.random(in: 0...6, using: &draws)).map { _ in Self.pieces.randomElement(using: &draws)!
            }
            try check("-- %% " + words.joined(separator: Bool.random(using: &draws) ? " " : "") + "\nx = 1\n")
        }
    }

    @Test("random bytes and damaged notebooks of the corpus read, write and read the same")
    func damaged() throws {
        var draws = Draws(state: 3)
        for round in 0..<1500 {
            var bytes = Array(NotebookCorpus.files.randomElement(using: &draws)!.text.utf8)
            if round % 10 == 0 {
                bytes = (0..<Int.random(in: 0...300, using: &draws)).map { _ in .random(in: 0...255, using: &draws) }
            }
            for _ in 0..<Int.random(in: 1...8, using: &draws) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &draws)
                let end = min(bytes.count, place + Int.random(in: 0...20, using: &draws))
                switch Int.random(in: 0...3, using: &draws) {
                case 0: bytes.removeSubrange(place..<end)
                case 1: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &draws))
                case 2: bytes[place] = .random(in: 0...255, using: &draws)
                default: bytes.insert(contentsOf: Self.pieces.randomElement(using: &draws)!.utf8, at: place)
                }
            }
            try check(String(decoding: bytes, as: UTF8.self))
        }
    }
}
