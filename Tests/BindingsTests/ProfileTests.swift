import Bindings
import Kernel
import Testing

/// The tree of call paths, on programs whose calls are known.
@Suite(.serialized) struct ProfileTests {
    /// Runs source under the profile and gives `depth name calls` of each call path, callers first, siblings by name.
    private func tree(_ source: String, failing: Bool = false) throws -> [String] {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        let (profile, result) = interpreter.profiling { try interpreter.execute(source, name: "=p") }
        if !failing { try result.get() }
        return lines(profile)
    }

    private func lines(_ profile: Profile) -> [String] {
        func below(_ parent: Int, _ depth: Int) -> [String] {
            let children = profile.nodes.indices.filter { profile.nodes[$0].parent == parent }
            return children.sorted { profile.nodes[$0].name < profile.nodes[$1].name }.flatMap { child in
                ["\(depth) \(profile.nodes[child].name) \(profile.nodes[child].calls)"] + below(child, depth + 1)
            }
        }
        return below(0, 0)
    }

    @Test("calls are counted by call path, functions of one line told apart by name, native ones named")
    func paths() throws {
        #expect(
            try tree(
                """
                function a() end; function b() a() end
                for i = 1, 3 do a() end
                b() b()
                local t = tensor.zeros(2)
                t:sum() t:sum()
                t = ("x"):rep(2)
                """) == [
                    "0 p 1", "1 Tensor:sum 2", "2 sum 2", "1 a (p:1) 3", "1 b (p:1) 2", "2 a (p:1) 2", "1 string.rep 1",
                    "1 tensor.zeros 1",
                ])
    }

    @Test("a function that calls itself stays one line, a tail call stands beside its caller")
    func recursion() throws {
        #expect(
            try tree(
                """
                function f(n) if n > 0 then f(n - 1) end end
                f(9)
                function g() return f(0) end
                g()
                """) == ["0 p 1", "1 f (p:1) 11", "1 g (p:3) 1"])
    }

    @Test("an error that is caught leaves nothing open: what follows counts for its real caller")
    func errors() throws {
        #expect(
            try tree(
                """
                function bad() error("x") end
                function deep() bad() end
                function after() end
                for i = 1, 2 do pcall(deep) end
                after()
                """) == ["0 p 1", "1 after (p:3) 1", "1 pcall 2", "2 function (p:2) 2", "3 bad (p:1) 2", "4 error 2"])
    }

    @Test("coroutines belong to who began them, and what runs in them counts whenever it runs")
    func coroutines() throws {
        #expect(
            try tree(
                """
                function leaf() end
                function body() leaf() coroutine.yield() leaf() end
                function start() local c = coroutine.create(body) coroutine.resume(c) return c end
                local c = start()
                coroutine.resume(c)
                leaf()
                """) == [
                    "0 p 1", "1 coroutine.resume 1", "1 leaf (p:1) 1", "1 start (p:3) 1", "2 coroutine.create 1",
                    "2 coroutine.resume 1", "3 function (p:2) 1", "4 coroutine.yield 1", "4 leaf (p:1) 2",
                ])
    }

    @Test("many coroutines that come and go, some of them never finished, keep the tree whole")
    func manyCoroutines() throws {
        let found = try tree(
            """
            function leaf() end
            function one(i) leaf() if i % 2 == 0 then coroutine.yield() end leaf() end
            for i = 1, 2000 do coroutine.wrap(one)(i) if i % 100 == 0 then collectgarbage() end end
            """)
        #expect(found.contains("2 leaf (p:1) 3000"))
        #expect(found.contains("1 function (p:2) 2000"))
    }

    @Test("functions of Lua that native ones call stand below them")
    func callbacks() throws {
        let found = try tree(
            """
            function f(x) return x:sum() end
            local grad = autograd and autograd.grad
            table.sort({3, 1, 2}, function(a, b) return a < b end)
            """)
        #expect(found.contains("1 table.sort 1"))
        #expect(found.contains { $0.hasPrefix("2 function (p:3) ") })
    }

    @Test("time belongs to the function that took it, and the totals add up")
    func time() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        let (profile, _) = interpreter.profiling {
            try interpreter.execute(
                """
                local function wait(s) local t = clock() while clock() - t < s do end end
                function slow() wait(0.06) end
                function fast() wait(0.02) end
                slow() fast()
                """, name: "=p")
        }
        let slow = try #require(profile.nodes.first { $0.name == "slow (p:2)" })
        let fast = try #require(profile.nodes.first { $0.name == "fast (p:3)" })
        #expect(slow.total > 2 * fast.total)
        #expect(slow.own < 0.01)
        #expect(abs(profile.nodes.reduce(0) { $0 + $1.own } - profile.nodes[0].total) < 1e-6)
    }

    @Test("an error that ends the work leaves the profile and a state without hooks")
    func failure() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        let (profile, result) = interpreter.profiling {
            try interpreter.execute("function f() error('x') end f()", name: "=p")
        }
        #expect(throws: LuaError.self) { try result.get() }
        #expect(lines(profile) == ["0 p 1", "1 f (p:1) 1", "2 error 1"])
        try interpreter.execute("assert(debug.gethook() == nil)")
    }

    @Test("a hook of the user's is back after the profile")
    func hooks() throws {
        let interpreter = try Interpreter()
        defer { interpreter.close() }
        try interpreter.execute("function h() end debug.sethook(h, 'c', 0)")
        _ = interpreter.profiling { try? interpreter.execute("local x = 1") }
        try interpreter.execute("assert(debug.gethook() == h)")
    }

    @Test("the operations inside a native function stand below it, backward passes too")
    func operations() throws {
        let found = try tree(
            """
            local x = tensor.randn({8, 4}, {seed = 1}):requires_grad()
            local y = x:relu():sum()
            y:backward()
            local d = data.glyphs{n = 20, test = 10, seed = 1}.train
            nn.mlp{784, 3, 10}:fit(d, {epochs = 2, batch = 10})
            """)
        #expect(found.contains("1 Tensor:relu 1") && found.contains("2 relu 1"))
        #expect(found.contains("1 Tensor:backward 1") && found.contains("2 relu backward 1"))
        #expect(found.contains("2 optimizer step 4") && found.contains("2 batch 4"), "\(found)")
        #expect(found.contains { $0.hasPrefix("2 linear") })
    }
}
