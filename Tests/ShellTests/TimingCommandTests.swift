import Bindings
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `:time` and `:timeit`.
@Suite(.serialized) struct TimingCommandTests {
    @Test("times have three digits and a unit that suits them")
    func units() {
        #expect(timeText(1.234e-9) == "1.23 ns")
        #expect(timeText(0) == "0.00 ns")
        #expect(timeText(12.34e-6) == "12.3 µs")
        #expect(timeText(123.4e-3) == "123 ms")
        #expect(timeText(0.9999) == "1.00 s")
        #expect(timeText(59.9) == "59.9 s")
        #expect(timeText(125) == "2:05 min")
        #expect(timeText(.infinity) == "?")
    }

    @Test("the line of :time names time, processor time and what was allocated")
    func costText() {
        var cost = Cost()
        (cost.seconds, cost.processor, cost.tensorBytes, cost.luaBytes) = (1.5, 2.8, 12 << 20, 3 << 10)
        #expect(
            cost.text == "wall 1.50 s, processor 2.80 s, allocated 12.0 MiB in tensors and 3.0 KiB in Lua")
    }

    @Test(":time shows the values of the code and keeps its variables")
    func time() throws {
        let desk = try Desk()
        let shown = desk.enter(":time 6 * 7").split(separator: "\n")
        #expect(shown.count == 2 && shown[0] == "42" && shown[1].hasPrefix("wall "))
        desk.enter(":time t = tensor.zeros{256, 1024}")
        #expect(desk.enter("t.shape") == "{256, 1024}")
    }

    @Test("bytes allocated are counted in tensors and in Lua, those given back included")
    func allocations() throws {
        let desk = try Desk()
        let tensors = desk.enter(":time for i = 1, 4 do tensor.zeros{256, 1024} end")
        #expect(tensors.contains("allocated 4.0 MiB in tensors"))
        let strings = desk.enter(":time for i = 1, 4 do local s = string.rep('x', 1048576 + i) end")
        #expect(strings.contains("allocated 0 B in tensors and 4.0 MiB in Lua") || strings.contains(" and 8.0 MiB"))
    }

    @Test(":timeit runs the code as often as it is told, compiled once, and drops what it returns")
    func counts() throws {
        let desk = try Desk()
        desk.enter("n = 0", "function f() n = n + 1; return n end")
        #expect(desk.enter(":timeit -n 10 -r 3 f()").contains("(3 repeats of 10 loops)\n"))
        #expect(desk.enter("n") == "30")
        #expect(desk.enter(":timeit -r 1 -n 5 local k = f(); n = k").contains("(1 repeats of 5 loops)"))
        #expect(desk.enter("n, k") == "35\nnil")
    }

    @Test("without -n the loops are the first of 1, 2, 5, 10 ... that take 0.2 seconds")
    func autorange() throws {
        let desk = try Desk()
        desk.enter("function f() local t = clock() while clock() - t < 0.05 do end end")
        let shown = desk.enter(":timeit -r 1 f()")
        #expect(shown.contains("of 5 loops)"), "\(shown)")
    }

    @Test("an error in the code ends :timeit with the place")
    func error() throws {
        let desk = try Desk()
        #expect(desk.enter(":timeit error('no')").hasPrefix("! In[1]:1: no"))
        #expect(desk.enter(":timeit x = = 1").hasPrefix("! In[2]:1: "))
    }
}
