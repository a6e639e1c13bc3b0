import TestSupport
import Testing

@Suite struct PrintingTests {
    @Test("a tensor of a gibibyte is printed in less than 20 ms", .enabled(if: Assay.isRelease))
    func gibibyte() throws {
        let script = """
            local x = tensor.zeros(16384, 16384)
            x[{ {}, {1, 3} }] = 1
            tostring(x)
            local start = clock()
            local text = tostring(x)
            print((clock() - start) * 1000)
            assert(text:find("Tensor [16384, 16384] float32, ~", 1, true))
            """
        let run = try Assay.run("-e", script)
        let milliseconds = try #require(Double(run.output.split(separator: "\n").first ?? ""), "\(run.errors)")
        #expect(milliseconds < 100, "\(milliseconds) ms; five times the promise, for machines that are busy")
    }

    @Test("a tensor is printed whole on request, and on one screen otherwise")
    func full() throws {
        #expect(try Assay.run("-e", "show(tensor.zeros(300, 300))").output.split(separator: "\n").count <= 24)
        let whole = try Assay.run("-e", "print(tensor.zeros(300, 300):text{full = true})").output
        #expect(whole.split(separator: "\n").count == 301)
    }

    @Test("print and io.write tell of themselves and write as Lua's own do")
    func ownPrint() throws {
        let script = """
            print(1, 2.5, nil, "x\\0y") io.write(1, " ", 2.5, "\\n") print()
            print(setmetatable({}, {__tostring = function() return "mine" end}))
            print(pcall(io.write, {}))
            print(select("#", io.write()), io.write("") == io.stdout)
            io.output(os.tmpname()) io.output():close() print(pcall(io.write, "x"))
            """
        let run = try Assay.run("-e", script)
        #expect(
            run.output == """
                1\t2.5\tnil\tx\u{0}y
                1 2.5

                mine
                false\tbad argument #1 to 'io.write' (string expected, got table)
                1\ttrue
                false\tdefault output file is closed

                """, "\(run.errors)")
    }
}
