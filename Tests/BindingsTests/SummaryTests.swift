import CLua
import CLuaShim
import Kernel
import Testing

@testable import Bindings

@Suite struct SummaryTests {
    let lua: Interpreter
    init() throws { lua = try Interpreter() }

    /// What the body makes of the value of an expression.
    func of<R>(_ source: String, _ body: (Interpreter, LuaState) -> R) throws -> R {
        try lua.run("value = \(source)")
        defer { shim_pop(lua.main, 1) }
        guard shim_get_global(lua.main, "value") == LUA_OK else { throw LuaError.memory }
        return body(lua, lua.main)
    }
    func summary(_ source: String) throws -> String { try of(source) { $0.summaryText($1, -1) } }
    func bytes(_ source: String) throws -> Int { try of(source) { $0.heldBytes($1, -1) } }

    @Test("a summary says what a value is on one line")
    func oneLine() throws {
        #expect(try summary("nil") == "nil")
        #expect(try summary("0.5") == "0.5")
        #expect(try summary("'a\\nb'") == "\"a\\nb\"")
        #expect(try summary("string.rep('x', 1000)").hasSuffix("x\"... (1000 bytes)"))
        #expect(try summary("{}") == "table (empty)")
        #expect(try summary("{1, 2, x = 3}") == "table with 2 items and 1 field")
        #expect(try summary("setmetatable({}, {__name = 'Point', __tostring = error})") == "Point (empty)")
        #expect(try summary("tensor.zeros") == "function tensor.zeros")
        #expect(try summary("tensor") == "module tensor")
        #expect(try summary("print") == "function of C")
        #expect(try summary("function() end") == "function at stdin:1")
        #expect(try summary("coroutine.create(print)") == "thread")
        #expect(try summary("nn.mlp{2, 2}").split(separator: "\n").count == 1)
    }

    @Test("a tensor's summary has shape, type, statistics and the digest of its elements")
    func tensors() throws {
        // sha256 of the bytes of (Float)1, 2: python3 -c 'hashlib.sha256(struct.pack("<2f", 1, 2)).hexdigest()'
        #expect(
            try summary("tensor{1, 2}:float()")
                == "Tensor [2] float32, 1 to 2, mean 1.5, std 0.7071, sha256 b9c80b5adeca")
        #expect(try summary("tensor.zeros{0, 3}") == "Tensor [0, 3] float32, empty")
        #expect(try summary("tensor.zeros{2, 2}:sum()").hasPrefix("Tensor [] float32 0"))
        let large = try summary("tensor.ones{2000, 1000}")
        #expect(large.hasPrefix("Tensor [2000, 1000] float32, ~ all 1 (of 65536 elements), sha256 ~"))
        #expect(try summary("tensor.ones{2000, 1000}:t()").count <= 100)
    }

    @Test("a summary of a million keys looks at two thousand of them")
    func bounded() throws {
        _ = try lua.run("many = {} for i = 1, 1000000 do many['k' .. i] = i end")
        #expect(try summary("many") == "table with 1000 or more fields")
    }

    @Test("held bytes count every block once, with what views, graphs and tables keep alive")
    func held() throws {
        #expect(try bytes("1") == 0)
        #expect(try bytes("string.rep('x', 1000)") == 1025)
        let tensor = 64 + 4000
        #expect(try bytes("tensor.zeros{1000}") == tensor)
        #expect(try bytes("tensor.zeros{1000}[{ {1, 2} }]") == tensor)
        #expect(try bytes("{tensor.zeros{1000}}") == 56 + 16 + tensor)
        #expect(try bytes("(function() local x = tensor.zeros{1000}; return {x, x} end)()") == 56 + 32 + 64 + tensor)
        #expect(try bytes("(tensor.zeros{1000}:requires_grad() * 2):exp()") >= 8000)
        #expect(try bytes("nn.linear{10, 5}") == 64 + 4 * 55)
        #expect(try bytes("(function() local t = {}; t.t = t; return t end)()") == 56 + 40 + 26)
    }
}
