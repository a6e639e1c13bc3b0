import Kernel
import Synchronization

@testable import Bindings

/// Counts its live instances: the oracle of the lifetime tests.
final class Probe: ObjectParameter, HoldsCallbacks {
    static let typeName = "Probe"
    static let live = Atomic<Int>(0)
    let number: Double
    private let kept = Mutex<[any Callback]>([])
    init(_ number: Double) {
        self.number = number
        Self.live.wrappingAdd(1, ordering: .relaxed)
    }
    deinit { Self.live.wrappingSubtract(1, ordering: .relaxed) }
    static var count: Int { live.load(ordering: .relaxed) }
    var callbacks: [any Callback] { kept.withLock { $0 } }
    func keep(_ callback: any Callback) { kept.withLock { $0.append(callback) } }
}

/// A struct that crosses by value.
struct Point: ObjectParameter, Equatable {
    static let typeName = "Point"
    var x: Double, y: Double
}

enum Norm: String, Choice { case linf, l2, l1 }

/// What an operand of `+` may be.
struct Operand: ParameterValue {
    let number: Double
    static let typeName = "number|Probe"
    init?(_ value: Value) throws {
        if let number = Double(value) {
            self.number = number
        } else if let probe = try Probe(value) {
            number = probe.number
        } else {
            return nil
        }
    }
    var recorded: Value { .number(number) }
}

struct Ball: ObjectParameter, Recorded {
    static let typeName = "Ball"
    var record = Record("")
    var eps: Double
    static let recipe = Recipe(
        "sample", "ball", "A ball.", Parameter("eps", 0.5, "the radius", .positive),
        Parameter("norm", Norm.linf, "the norm")
    ) { eps, _ in Ball(eps: eps) }
}

extension LuaClass {
    static let probe = LuaClass(Probe.self, "Counts its instances.") { c in
        c.method(
            "clamp", "Limit the number to [lo, hi].", example: "Probe(3):clamp(0, 1)",
            Parameter<Double>("lo", "lower bound"), Parameter("hi", 1.0, "upper bound")
        ) { probe, lo, hi in Probe(max(lo, min(hi, probe.number))) }
        c.method("me", "The same instance.") { probe in probe }
        c.method("keep", "Keep a function.", Parameter<Function>("f", "the function")) { probe, f in
            probe.keep(f.callback)
        }
        c.method("run", "Call what is kept.", Parameter("argument", AnyValue(.null), "goes to the function")) {
            probe, x in
            guard let callback = probe.callbacks.first else {
                throw KernelError.state(op: "run", reason: "nothing kept")
            }
            return Several(try callback.call([x.value]))
        }
        c.property("number", "The number.") { $0.number }
        c.binary(.add, "Sum.", Operand.self, Operand.self) { Probe($0.number + $1.number) }
        c.unary(.negate, "Negation.") { Probe(-$0.number) }
        c.unary(.length, "Length.") { _ in 7 }
        c.call("Number times factor.", Parameter<Double>("factor", "a factor")) { $0.number * $1 }
        c.index("Multiples.") { probe, key in Int(key).map { .number(probe.number * Double($0)) } }
        c.description { "Probe \(numberText($0.number))" }
    }
    static let point = LuaClass(Point.self, "A place.") { c in
        c.property("x", "The abscissa.") { $0.x }
        c.equal { $0 == $1 }
    }
    static let ball = LuaClass(Ball.self, "A ball.") { c in c.property("eps", "The radius.") { $0.eps } }
}

extension LuaModule {
    static let sample = LuaModule("sample", "Functions for the tests.") { m in
        m.function("probe", "A probe.", Parameter("number", 0.0, "its number")) { Probe($0) }
        m.function("point", "A point.", Parameter<Double>("x", "x"), Parameter<Double>("y", "y")) {
            Point(x: $0, y: $1)
        }
        m.function("echo", "What came.", Parameter("value", AnyValue(.null), "any value")) { $0.value }
        m.function("sum", "The sum of numbers.", Parameter<[Double]>("numbers", "numbers", variadic: true)) {
            $0.reduce(0, +)
        }
        m.function("fail", "Throws.", Parameter("count", 1, "probes held while throwing")) { count -> Int in
            let held = (0..<max(0, count)).map { Probe(Double($0)) }
            defer { if count == 3 { Probe.deferred.wrappingAdd(1, ordering: .relaxed) } }
            throw KernelError.state(op: "fail", reason: "as asked, holding \(held.count)")
        }
        m.function("call", "Calls a function.", Parameter<Function>("f", "the function")) {
            Several(try $0.callback.call([.int(1), .text("two")]))
        }
        m.function("two", "Two results.") { Several(.int(1), .int(2)) }
        m.function("maybe", "Nil or a point.", Parameter("give", false, "whether")) { $0 ? Point(x: 1, y: 2) : nil }
        m.function("spin", "Polls for interrupts for ten seconds.") { () throws -> Void in
            let clock = ContinuousClock(), end = clock.now + .seconds(10)
            while clock.now < end { try Interrupt.check() }
        }
        m.recipes([Ball.recipe])
        m.call("A list's length.", Parameter<[Double]>("values", "numbers")) { $0.count }
        m.constant("answer", .int(42))
    }
}
extension Probe { static let deferred = Atomic<Int>(0) }

extension Catalogue {
    static let samples = Catalogue(modules: [.sample], classes: [.probe, .point, .ball])
}

extension Interpreter {
    static func sample() throws -> Interpreter { try Interpreter(.samples) }

    /// The literal of what an expression gives, or the message it fails with.
    func answer(_ source: String) -> String {
        do { return try run(source).map(\.literal).joined(separator: ", ") } catch { return "error: \(error)" }
    }
}
