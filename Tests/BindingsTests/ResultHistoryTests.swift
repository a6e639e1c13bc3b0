import Kernel
import Testing

@testable import Bindings

/// `_`, `__`, `___`, `Out[n]` and `In[n]`, which keep no large memory alive.
@Suite(.serialized) struct ResultHistoryTests {
    let lua: Interpreter
    init() throws { lua = try Interpreter() }

    /// Enters entry after entry; gives what the last one showed.
    private final class Prompt {
        let lua: Interpreter
        var number = 0
        init(_ lua: Interpreter) { self.lua = lua }
        @discardableResult
        func enter(_ text: String) -> String {
            number += 1
            var shown: [String] = []
            do {
                try lua.evaluate(EntrySource(text + "\n"), name: "=In[\(number)]", number: number) { shown.append($0) }
            } catch { return "error: \(error)" }
            return shown.joined(separator: "\n")
        }
    }

    private let big = "tensor.zeros{512, 1024}"  // 2 MiB

    @Test("the last three values are variables, Out has them all by number, In the texts")
    func small() {
        let prompt = Prompt(lua)
        for entry in ["11", "x = 5", "22", "33;", "'four', 5"] { prompt.enter(entry) }
        #expect(prompt.enter("_ .. __ .. ___") == "\"four3322\"")
        #expect(prompt.enter("Out[1], Out[2], Out[3], Out[5], Out[99]") == "11\nnil\n22\n\"four\"\nnil")
        #expect(prompt.enter("In[1], In[4], In[8]") == "\"11\"\n\"33;\"\n\"In[1], In[4], In[8]\"")
        #expect(prompt.enter("_ = 'mine'") == "")
        #expect(prompt.enter("_") == "\"mine\"")
        #expect(prompt.enter("t = {} t") == "{}")
        #expect(prompt.enter("rawequal(_, t), rawequal(Out[11], t)") == "true\ntrue")
    }

    @Test("a large value is there for the next entry, and later only while something holds it")
    func large() {
        let prompt = Prompt(lua)
        #expect(prompt.enter(big).hasPrefix("Tensor [512, 1024] float32"))
        #expect(prompt.enter("collectgarbage() _.shape[2]") == "1024")
        prompt.enter("x = \(big)")
        prompt.enter("x")
        prompt.enter("collectgarbage()")  // 0
        #expect(prompt.enter("rawequal(__, x), rawequal(Out[4], x)") == "true\ntrue")
        prompt.enter("x = nil")
        prompt.enter("collectgarbage() collectgarbage()")
        let freed = prompt.enter("Out[4]")
        #expect(freed.hasPrefix("<freed Tensor [512, 1024] float32") && freed.hasSuffix(">"), "\(freed)")
        #expect(!freed.contains("\n"))
        #expect(prompt.enter("Out[1]").hasPrefix("<freed Tensor"))
        #expect(prompt.enter("Out[4].summary").hasPrefix("\"Tensor [512, 1024] float32"))
        #expect(prompt.enter("Out[4]:sum()").contains("this result was freed (Tensor [512, 1024] float32"))
    }

    @Test("an entry that does not mention a large value lets it go")
    func lettingGo() {
        let prompt = Prompt(lua)
        prompt.enter("collectgarbage()")
        let before = MemoryPool.liveBytes
        prompt.enter(big)
        #expect(MemoryPool.liveBytes - before >= 2 << 20)
        prompt.enter("collectgarbage() collectgarbage()")
        #expect(MemoryPool.liveBytes - before < 1 << 20)
        #expect(prompt.enter("__").hasPrefix("<freed Tensor"))
    }

    @Test("300 large values shown at the prompt leave memory flat")
    func flat() {
        let prompt = Prompt(lua)
        prompt.enter("collectgarbage()")
        let before = MemoryPool.liveBytes
        for _ in 0..<300 { prompt.enter(big) }
        #expect(MemoryPool.liveBytes - before < 100 << 20)  // 600 MiB were shown
        prompt.enter("collectgarbage() collectgarbage()")
        #expect(MemoryPool.liveBytes - before < 3 << 20)
    }

    @Test("many small values are bounded together, and the oldest entries are dropped")
    func bounded() {
        let prompt = Prompt(lua)
        for _ in 0..<80 { prompt.enter("tensor.zeros{250000}") }  // 1 MB each, just under the limit
        prompt.enter("collectgarbage() collectgarbage()")
        #expect(prompt.enter("Out[1]").hasPrefix("<freed Tensor [250000]"))
        #expect(prompt.enter("#Out[70].shape") == "1")
        for _ in 0..<1000 { prompt.enter("1") }
        #expect(prompt.enter("In[1], Out[1], In[70], Out[70]") == "nil\nnil\nnil\nnil")
        #expect(prompt.enter("Out[1000]") == "1")
    }

    @Test("an entry that fails or is interrupted is in In, and the results stay")
    func failures() {
        let prompt = Prompt(lua)
        prompt.enter("42")
        prompt.enter("error('no')")
        Interrupt.request()
        prompt.enter("while true do end")
        InterruptHandler.clear()
        #expect(prompt.enter("_, Out[1], In[2], In[3]") == "42\n42\n\"error('no')\"\n\"while true do end\"")
    }

    @Test("results can be forgotten, and variables of these names are the user's to set")
    func forgetting() {
        let prompt = Prompt(lua)
        prompt.enter("42")
        prompt.enter(big)
        lua.forgetResults()
        #expect(prompt.enter("Out[1], Out[2], _") == "nil\nnil\nnil")
        prompt.enter("Out = 1 In = 2")
        #expect(prompt.enter("Out + In") == "3")
        prompt.enter(big)
        prompt.enter("_ = 'mine'")
        #expect(prompt.enter("x = 1") == "")
        #expect(prompt.enter("_") == "\"mine\"")
    }

    @Test("a script has neither In nor Out")
    func scripts() throws { #expect(try lua.run("return In, Out, _").map(\.literal) == ["nil", "nil", "nil"]) }
}
