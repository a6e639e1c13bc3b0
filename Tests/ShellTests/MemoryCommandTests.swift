import Bindings
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `:whos`, `:mem` and `:forget`.
@Suite(.serialized) struct MemoryCommandTests {
    @Test(":whos lists what the user made with type, bytes and what matters, and nothing that was installed")
    func whos() throws {
        let desk = try Desk()
        #expect(desk.enter(":whos") == "no variables yet")
        desk.enter("x = tensor.zeros{1000, 100}", "n = 3", "s = 'hello'", "net = nn.mlp{4, 3, 2}")
        desk.enter("function f() end", "t = {1, 2, k = 3}", "print = print", "_G.half = 0.5", "yes = true")
        #expect(
            desk.enter(":whos") == """
                name  type                bytes  what
                f     function                   In[5]:1
                half  number                     0.5
                n     integer                    3
                net   Module              156 B  23 parameters
                s     string               30 B  "hello"
                t     table               154 B  2 items and 1 field
                x     Tensor float32  390.7 KiB  [1000, 100]
                yes   boolean                    true
                """)
        #expect(
            desk.enter(":whos x")
                == "name  type                bytes  what\nx     Tensor float32  390.7 KiB  [1000, 100]")
        #expect(desk.enter(":whos ?e?").split(separator: "\n").map { $0.prefix(4) } == ["name", "net ", "yes "])
        #expect(desk.enter(":whos zz*") == "no variable fits 'zz*'")
        #expect(desk.enter("print = 1", ":whos print").contains("print  integer"))
    }

    @Test(":whos runs nothing of the user's and survives values without a text")
    func whosIsPassive() throws {
        let desk = try Desk()
        desk.enter("ran = false", "m = {__tostring = function() ran = true; error('no') end, __name = 5}")
        desk.enter("m.__index = function() ran = true end", "t = setmetatable({}, m)")
        desk.enter("co = coroutine.create(function() end)", "x = tensor.zeros{2}", "x:close()")
        #expect(desk.enter(":whos").contains("x     Tensor"))
        #expect(desk.enter("ran") == "false")
    }

    @Test("a name or value that is long is cut at the width of the screen")
    func narrow() {
        let variable = Variable(name: "name", type: "string", detail: String(repeating: "x", count: 100), bytes: 1)
        let lines = variableTable([variable], width: 40)
        #expect(lines[1].count == 40)
        #expect(lines[1].hasSuffix("…"))
        #expect(shortened("abc", to: 3) == "abc")
        #expect(shortened("abcd", to: 3) == "ab…")
    }

    @Test(":forget removes variables, says what that freed, and takes the values that the prompt keeps along")
    func forget() throws {
        let desk = try Desk()
        desk.enter("x = tensor.zeros{256, 1024}", "x", "y = x", "keep = 1")
        #expect(desk.enter(":forget x").hasPrefix("forgot x: 0 B of tensors"))
        #expect(desk.enter("x, y.shape") == "nil\n{256, 1024}")
        #expect(desk.enter(":forget y").hasPrefix("forgot y: 1.0 MiB of tensors and "))
        #expect(desk.enter("keep") == "1")
        #expect(desk.enter(":forget keeep") == "! no variable 'keeep'; did you mean 'keep'?")
        #expect(desk.enter(":forget print") == "! no variable 'print'")
        #expect(desk.enter(":forget") == "! :forget: names of variables expected\nusage: :forget name...|out|all")
    }

    @Test(":forget out frees what only the prompt keeps, :forget all every variable")
    func forgetMore() throws {
        let desk = try Desk()
        desk.enter("tensor.zeros{128, 1024}", "a, b = 1, 2")
        #expect(desk.enter(":forget out").hasPrefix("forgot the values of the prompt: 512.0 KiB of tensors"))
        #expect(desk.enter("a") == "1")
        #expect(desk.enter(":forget all").hasPrefix("forgot a, b: "))
        #expect(desk.enter("a, b, print ~= nil") == "nil\nnil\ntrue")
    }

    @Test("the census finds tensors in tables and in what functions captured, and counts what is shared once")
    func census() throws {
        let interpreter = try Interpreter()
        try interpreter.execute(
            """
            local w = tensor.zeros{256, 1024}
            function step() return w end
            t = {deep = {{x = tensor.zeros{128, 1024}}}, ["two words"] = w}
            view = t.deep[1].x:view{1024, 128}
            many = {}
            for i = 1, 10 do many[i] = tensor.zeros{64, 1024} end
            t.self = t
            """)
        interpreter.collectThoroughly()
        let census = try interpreter.memoryCensus()
        let rows = census.owners.map { "\($0.path) \($0.type) \($0.bytes >> 10) \($0.alone >> 10)" }
        #expect(
            rows == [
                "many table (10 owners) 2560 2560",
                "step (upvalue w) Tensor 1024 0",
                "t[\"two words\"] Tensor 1024 0",
                "t.deep[1].x Tensor 512 0",
                "view Tensor 512 0",
            ])
        #expect(census.reachable >> 10 == 4096)
    }

    @Test(":mem shows the totals, the owners and what is held elsewhere, as wide as the screen")
    func mem() throws {
        let desk = try Desk()
        desk.enter("x = tensor.zeros{256, 1024}")
        let lines = desk.enter(":mem").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.prefix(5).map { $0.prefix(7) } == ["tensors", "pool   ", "Lua    ", "process", ""])
        #expect(lines.dropFirst(5).prefix(2) == ["owner  type      bytes    alone", "x      Tensor  1.0 MiB  1.0 MiB"])
        #expect(lines[7].hasPrefix("variables hold 1.0 MiB of tensors, others "))
        #expect(desk.enter(":mem x") == "! :mem: nothing more expected, got 'x'\nusage: :mem")
    }
}
