import TestSupport
import Testing

/// What differs from stock Lua on purpose: the lines of docs/lua-differences.md.
@Suite struct LuaDifferenceTests {
    private func output(_ chunk: String) throws -> String {
        let run = try Assay.run("-e", chunk)
        #expect(run.code == 0 && run.errors == "", "\(chunk)")
        return run.output
    }

    @Test("load takes the bytecode that string.dump made, and no other")
    func bytecode() throws {
        #expect(try output("print(load(string.dump(function(a) return a * 2 end))(21))") == "42\n")
        let refusal = "nil\tattempt to load a binary chunk that string.dump did not make in this process\n"
        #expect(try output("print(load(string.dump(function() end) .. ' '))") == refusal)
        #expect(try output("print(load('\\27Lua', 'x', 'b'))") == refusal)
        #expect(
            try output(
                "local s = string.dump(print == nil and print or function() end) print(load(function() return s end))")
                == "nil\tattempt to load a binary chunk from a function\n")
        #expect(
            try output("for i = 1, 3000 do load(string.dump(load('return ' .. i))) end print('many')") == "many\n")
    }

    @Test("bytecode in files is refused, by require too")
    func bytecodeFiles() throws {
        let directory = try TemporaryDirectory()
        let path = directory.write("code.lua", "\u{1b}Lua\u{54}")
        let refusal = "attempt to load a binary chunk (mode is 't')"
        #expect(try output("print(select(2, loadfile('\(path)')))") == "\(refusal)\n")
        #expect(try output("print(select(2, pcall(dofile, '\(path)')))") == "\(refusal)\n")
        #expect(
            try output("package.path = '\(directory.path)/?.lua' print(select(2, pcall(require, 'code')))")
                == "error loading module 'code' from file '\(path)':\n\t\(refusal)\n")
        #expect(try Assay.run(path).errors.contains(refusal))
    }

    @Test("what Swift trusts is out of reach of debug")
    func debugLibrary() throws {
        #expect(try output("print(debug.getregistry)") == "nil\n")
        #expect(
            try output(
                "local t = tensor.zeros{1} print(debug.getmetatable(t), getmetatable(tensor), debug.getmetatable(nn))")
                == "Tensor\ttensor\tnn\n")
        #expect(
            try output("print(pcall(debug.setmetatable, tensor.zeros{1}, {})) print(pcall(setmetatable, tensor, {}))")
                == "false\tcannot change a protected metatable\nfalse\tcannot change a protected metatable\n")
        #expect(try output("print(debug.setuservalue(tensor.zeros{1}, 1))") == "nil\n")
        #expect(try output("print(debug.setupvalue(tensor.zeros, 1, 5), tensor.zeros{1}.shape[1])") == "nil\t1\n")
        #expect(
            try output("table.sort({2, 1}, function() print(debug.setlocal(2, 1, 5)) end)") == "nil\n")
    }

    @Test("a block of more than 1 GiB is refused")
    func largeBlock() throws {
        #expect(try output("print(pcall(string.rep, 'x', (1 << 30) + 1))") == "false\tnot enough memory\n")
    }

    @Test("bytes of a message that are not UTF-8 are replaced, those of the output are not")
    func bytes() throws {
        let run = try TestSupport.run(
            "/bin/sh",
            ["-c", "\"$0\" -e 'io.write(\"\\xe9\") error(\"\\xe9\", 0)' 2>&1 | head -n 1 | od -An -tx1", Assay.binary],
            environment: Assay.environment())
        #expect(run.output == " e9 ef bf bd 0a\n")
    }

    @Test("LUA_INIT is ignored")
    func initialization() throws {
        let run = try TestSupport.run(
            Assay.binary, ["-e", "print(x)"],
            environment: Assay.environment().merging(["LUA_INIT": "x = 1"]) { $1 })
        #expect(run.code == 0 && run.output == "nil\n")
    }

    @Test("-E ignores LUA_PATH, which counts otherwise")
    func environment() throws {
        let variables = Assay.environment().merging(["LUA_PATH": "/here/?.lua"]) { $1 }
        #expect(
            try TestSupport.run(Assay.binary, ["-e", "print(package.path)"], environment: variables).output
                == "/here/?.lua\n")
        #expect(
            try !TestSupport.run(Assay.binary, ["-E", "-e", "print(package.path)"], environment: variables).output
                .contains("/here"))
    }

    @Test("the message of load has no traceback in it when the reader raises")
    func reader() throws {
        #expect(
            try output("print(load(function() error('no', 0) end))\nprint(load(function() return 5 > 4 end))")
                == "nil\tno\nnil\t(command line):2: reader function must return a string\n")
    }
}
