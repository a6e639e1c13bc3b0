import Kernel
import Testing

@testable import Bindings

@Suite(.serialized) struct AttackLuaTests {
    let lua: Interpreter
    init() throws {
        lua = try Interpreter()
        try lua.run(
            """
            net = nn.mlp{4, 8, 3}
            x = tensor.rand({20, 4}, {seed = 1})
            y = net:predict(x)
            examples = data.from_tensors(x, y, {classes = 3, name = "cloud"})
            """)
    }
    func answer(_ source: String) -> String { lua.answer("return " + source) }

    func text(_ source: String) throws -> String {
        guard case .text(let text) = try lua.run("return " + source)[0] else { return "no text" }
        return text
    }

    @Test("an attack runs on a model and a data set, or on inputs and labels")
    func runs() throws {
        try lua.run("r = attack.pgd{eps = 0.3, steps = 5, seed = 7}:run(net, examples)")
        #expect(answer("r.count, r.clean_accuracy, r.adversarial.shape") == "20, 1, {20, 4}")
        #expect(answer("r.robust_accuracy == 1 - r.success_rate") == "true")
        #expect(answer("r.linf:max() <= 0.3 * (1 + 1e-6)") == "true")
        #expect(
            answer("attack.pgd{eps = 0.3, steps = 5, seed = 7}:run(net, {x, y}).robust_accuracy == r.robust_accuracy")
                == "true")
        #expect(answer("r.data:match('^cloud %(20 examples, sha256 %x+%)$') ~= nil") == "true")
    }

    @Test("a result prints its accuracies with denominators, its passes and what made it")
    func prints() throws {
        try lua.run("r = attack.fgsm{eps = 0}:run(net, {x, y}, {checks = 'none'})")
        let expected = """
            attack.fgsm on 20 examples
              clean accuracy    1.0000  (20 of 20, 95 % interval 0.8389 to 1.0000)
              robust accuracy   1.0000  (20 of 20, 95 % interval 0.8389 to 1.0000)
              broken            nan  (0 of 0, 95 % interval 0.0000 to 1.0000) of the correctly classified
              passes            20 forward, 0 backward (per example, checks not counted)
              attack            attack.fgsm{eps = 0, norm = "linf", objective = "cross_entropy", temperature = 1, target = nil, \
            seed = 0, batch = nil}
              model             \(try text("attack.target(net).name"))
              data              20 examples given as tensors
              warnings          none
            """
        #expect(try text("tostring(r)") == expected)
    }

    @Test("the margin written in Lua is the margin, and the attack keeps the function alive")
    func objective() throws {
        try lua.run(
            """
            mine = attack.pgd{eps = 0.2, objective = function(logits, y) return logits:max_except(y) - logits:pick(y) end}
            collectgarbage() collectgarbage()
            a = mine:run(net, examples).adversarial
            b = attack.pgd{eps = 0.2, objective = "margin"}:run(net, examples).adversarial
            """)
        #expect(answer("(a - b):abs():max()") == "0")
    }

    @Test("a function is a model, and gradients may come from another one")
    func models() throws {
        try lua.run(
            """
            w = tensor.randn({4, 3}, {seed = 2})
            f = function(x) return x:matmul(w) end
            labels = f(x):argmax(2)
            t = attack.target(function(x) return x:matmul(w) end)
            collectgarbage() collectgarbage()
            """)
        #expect(answer("f(x).shape") == "{20, 3}")
        #expect(answer("attack.fgsm{eps = 0.5}:run(f, {x, y}).backwards > 0") == "true")
        #expect(answer("attack.fgsm{eps = 0.5}:run(f, {x, y}, {gradient_from = net}).count") == "20")
        #expect(answer("t:logits(x).shape, t.forwards") == "{20, 3}, 20")
    }

    @Test("distances, budgets per example and perturbations")
    func budgets() throws {
        try lua.run("d = attack.bim{eps = 0.1, norm = 'l2'}:minimal_eps(net, examples)")
        #expect(answer("d.shape, d:min() > 0") == "{20}, true")
        #expect(answer("(attack.bim{eps = d, norm = 'l2'}:run(net, examples).l2 - d):max() < 1e-6") == "true")
        #expect(answer("attack.fgsm{eps = 0.1}:perturb(net, x, y).shape") == "{20, 4}")
        #expect(answer("attack.fgsm{}:with{eps = 0.25}.eps") == "0.25")
    }

    @Test("a preset is pgd with another library's defaults spelled out")
    func presets() throws {
        #expect(answer("attack.preset('art').alpha, attack.preset('art').random_start") == "0.1, false")
        #expect(answer("attack.preset('foolbox', 0.3).alpha, attack.preset('foolbox').name") == "0.01, \"attack.pgd\"")
    }

    @Test(
        "wrong settings are errors that say what was expected",
        arguments: [
            (
                "attack.pgd{eps = -1}",
                "bad argument 'eps' to 'attack.pgd' (number from 0 to 1e9, or one per example expected, got number -1)"
            ),
            (
                "attack.pgd{steps = 0}",
                "bad argument 'steps' to 'attack.pgd' (integer from 1 to 1000000 expected, got number 0)"
            ),
            (
                "attack.pgd{objective = 'entropy'}",
                "bad argument 'objective' to 'attack.pgd' (\"cross_entropy\"|\"margin\"|function expected, got string \"entropy\")"
            ),
            (
                "attack.pgd{eps = {1, 2}}:run(net, examples)",
                "attack.pgd: bad value for 'eps' (a number or 20 numbers expected, got 2)"
            ),
            (
                "attack.fgsm{objective = function() return 1 end}:run(net, examples)",
                "objective: bad value for 'result' (Tensor with one loss per example expected, got number 1)"
            ),
        ])
    func errors(_ source: String, _ message: String) {
        #expect(answer(source) == "error: stdin:1: " + message)
    }

    /// Asks for an interrupt at its second report.
    final class Stopper: ProgressSink, @unchecked Sendable {
        var reports = 0
        func begin(_ label: String, total: Int, unit: String) {}
        func advance(to done: Int, metric: String) {
            reports += 1
            if reports == 2 { Interrupt.request() }
        }
        func end() {}
    }

    @Test("an interrupted run leaves its partial result for the prompt")
    func interrupted() throws {
        let threads = Workers.count
        Workers.use(1)  // more begin more batches before the second report
        defer {
            Interrupt.clear()
            Workers.use(threads)
        }
        #expect(throws: LuaError.self) {
            try Context.with(progress: Stopper()) {
                try lua.run("attack.noise{eps = 0.01, draws = 2, batch = 1}:run(net, examples)")
            }
        }
        #expect(lua.offerPartial() == "AttackResult")
        Interrupt.clear()
        #expect(answer("_.interrupted, _.count") == "true, 2")
        #expect(lua.offerPartial() == nil)
    }
}
