import Kernel
import Testing

@testable import Bindings

/// The userdata of tensors, which have no finalizer: when they let go, and that a tensor keeps its own.
@Suite struct TensorLifetimeTests {
    @Test("a tensor goes when its userdata is collected, closed, or closed with the state")
    func release() throws {
        let lua = try Interpreter()
        weak var collected: Tensor?, closed: Tensor?, kept: Tensor?
        try lua.run("collected, closed, kept = tensor{1.5} + 1, tensor{1.5}:add(1), tensor{1.5}")
        do {
            collected = try lua.tensor("collected")
            closed = try lua.tensor("closed")
            kept = try lua.tensor("kept")
        }
        #expect(collected != nil && closed != nil)
        try lua.run("collected = nil collectgarbage() collectgarbage()")
        #expect(collected == nil)
        try lua.run("closed:close()")
        #expect(closed == nil)
        #expect(lua.answer("return tostring(closed)") == #""Tensor (closed)""#)
        #expect(kept != nil)
        lua.close()
        #expect(kept == nil)
    }

    @Test("a tensor is the same value in Lua however it came there first")
    func identity() throws {
        let lua = try Interpreter()
        let makers = ["tensor{1.5}", "tensor{1.5} + 1", "tensor{1.5}:relu()", "tensor{1.5}:add(1)", "-tensor{1.5}"]
        for maker in makers {
            try lua.run("a = \(maker) t = {[a] = true}")
            try lua.setGlobal("b", lua.global("a"))
            #expect(lua.answer("return rawequal(a, b), t[b]") == "true, true", "\(maker)")
        }
        try lua.run("a = tensor{1.5} + 1 b = a:contiguous() c = a:add_(1) d = a:requires_grad()")
        #expect(lua.answer("return rawequal(a, b), rawequal(a, c), rawequal(a, d)") == "true, true, true")
    }

    @Test("many tensors come and go, and what is kept among them keeps its elements")
    func churn() throws {
        let lua = try Interpreter()
        let source = """
            local kept, sum = {}, tensor{0.0}
            for i = 1, 20000 do
              local x = sum + i
              if i % 1000 == 0 then kept[#kept + 1] = x; x:requires_grad() end
            end
            collectgarbage()
            for i, x in ipairs(kept) do assert(x:item() == i * 1000) end
            return #kept
            """
        #expect(lua.answer(source) == "20")
    }

    @Test("methods that are served from the stack say what was wrong as all others do")
    func errors() throws {
        let lua = try Interpreter()
        #expect(lua.answer("return tensor{1.5}.relu(3)").contains("Tensor"))
        #expect(lua.answer("return tensor{1.5}:relu(1, 2)").contains("relu"))
        #expect(lua.answer("return tensor{1.5}:add()").contains("other"))
        #expect(lua.answer("return tensor{1.5}:add('x')").contains("Tensor|number"))
        #expect(lua.answer("local t = tensor{1.5} t:close() return t:relu()").contains("Tensor has been closed"))
        #expect(lua.answer("return tensor{1.5}:add{other = 1}:item()") == "2.5")
    }
}

extension Interpreter {
    fileprivate func tensor(_ name: String) throws -> Tensor? {
        guard case .object(let object) = try global(name) else { return nil }
        return object as? Tensor
    }
}
