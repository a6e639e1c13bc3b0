import Kernel

extension LuaModule {
    /// The module `tensor`.
    static let tensor = LuaModule(
        "tensor", "Tensors: from tables, from rules, from random numbers, from other tensors."
    ) { m in
        m.caller = literal
        addFills(&m)
        addSequences(&m)
        addRandom(&m)
        addSelection(&m)
        for (name, summary) in [
            ("concat", "Tensors one after the other along an axis."), ("cat", "The same as concat."),
        ] {
            m.function(
                name, summary, example: "tensor.\(name)({x, x:zeros_like()}, 2)",
                Parameter<[Tensor]>("tensors", "the parts"),
                Parameter("axis", Axis(1), "the axis")
            ) { try Tensor.concat($0, axis: $1.of($0.first?.rank ?? 1, "tensor.\(name)")) }
        }
        m.function(
            "stack", "Tensors of one shape side by side along a new axis.",
            example: "tensor.stack({x, x:zeros_like()})",
            Parameter<[Tensor]>("tensors", "the parts"), Parameter("axis", Axis(1), "the place of the new axis")
        ) { try Tensor.stack($0, axis: $1.of(($0.first?.rank ?? 0) + 1, "tensor.stack")) }
    }

    /// Global functions: sequences, the session's seed, gradients.
    static let tensorGlobals = LuaModule("", "Global functions.") { m in
        addSequences(&m)
        addGradients(&m)
        m.function(
            "seed", "Starts the session's random numbers afresh.", example: "seed(7)", Parameter<Int>("n", "the seed")
        ) { Session.seed($0) }
    }

    /// `tensor{...}`. Written out because all of a plain list is the value: `tensor{{1, 2}, dtype = "float64"}` has
    /// shape {1, 2}.
    private static let literal: LuaFunction = {
        let typed = LuaFunction(
            "", "tensor",
            "A tensor of the numbers or truth values in nested tables: whole numbers give int64, others float32.",
            example: "tensor{{1, 2.5}, {3, 4}}", Parameter<AnyValue>("values", "a number, nested tables or a tensor"),
            Parameter<DType?>("dtype", nil, "the element type; nil chooses by the elements")
        ) { values, dtype in try Tensor.from(values.value, dtype) }
        return LuaFunction(
            name: typed.name, kind: typed.kind, summary: typed.summary, source: "", example: typed.example,
            signature: typed.signature, returns: typed.returns,
            body: .values { arguments in
                guard case .values(let body) = typed.body, arguments.count == 1, case .table(let fields) = arguments[0],
                    !fields.list.isEmpty
                else {
                    if arguments.count == 1, arguments[0].elements != nil {
                        return .one(.object(try Tensor.from(arguments[0])))
                    }
                    guard case .values(let body) = typed.body else { return .nothing }
                    return try body(arguments)
                }
                return try body([.list(fields.list), .table(.init(named: fields.named))])
            })
    }()

    private static func addSelection(_ m: inout LuaModuleBuilder) {
        m.function(
            "where", "Elements of a where a mask is true, of b elsewhere.", example: "tensor.where(x:gt(0), x, 0)",
            Parameter<Tensor>("mask", "a bool tensor"), Parameter<Operand>("a", "a tensor or number"),
            Parameter<Operand>("b", "a tensor or number")
        ) { try $0.choose($1, $2) }
    }

    private static func addFills(_ m: inout LuaModuleBuilder) {
        let shape = Parameter<[Int]>("shape", "the sizes of the axes", variadic: true)
        m.function("zeros", "Zeros.", example: "tensor.zeros(2, 3)", shape, floatParameter) {
            try .zeros($0, $1) as Tensor
        }
        m.function("ones", "Ones.", example: "tensor.ones(2, 3)", shape, floatParameter) { try .ones($0, $1) as Tensor }
        m.function(
            "full", "One repeated value.", example: "tensor.full({2, 3}, 0.5)",
            Parameter<[Int]>("shape", "the sizes of the axes"), Parameter<Double>("value", "the value"), floatParameter
        ) { try .full($0, $1, $2) as Tensor }
        m.function(
            "eye", "A matrix with ones on its diagonal.", example: "tensor.eye(3)", Parameter<Int>("rows", "rows"),
            Parameter<Int?>("columns", nil, "columns; nil for a square"), floatParameter
        ) { try .eye($0, $1, $2) as Tensor }
    }

    private static func addSequences(_ m: inout LuaModuleBuilder) {
        m.function(
            "arange", "Numbers from first to last, both included: arange(5) is 1 2 3 4 5.",
            example: "arange(0, 1, 0.25)",
            Parameter<AnyValue>("first", "the first number; alone it is the last, after 1"),
            Parameter<Double?>("last", nil, "the last number"), Parameter("step", 1.0, "the distance"),
            Parameter<DType?>("dtype", nil, "nil gives int64 for whole numbers, float32 otherwise")
        ) { first, last, step, dtype -> Tensor in
            guard let start = Double(first.value) else {
                throw ArgumentError(
                    function: "arange", parameter: "first", expected: "number", got: first.value.errorText)
            }
            let (low, high) = last.map { (start, $0) } ?? (1, start)
            let whole = [low, high, step].allSatisfy { $0 == $0.rounded() }
            return try .arange(low, through: high, step: step, dtype ?? (whole ? .int64 : .float32))
        }
        m.function(
            "linspace", "Numbers at equal distances, both ends included exactly.", example: "linspace(0, 0.3, 31)",
            Parameter<Double>("first", "the first number"), Parameter<Double>("last", "the last number"),
            Parameter("count", 50, "how many"), Parameter("dtype", DType.float64, "the element type")
        ) { try .linspace($0, $1, count: $2, $3) as Tensor }
        m.function(
            "logspace", "Powers of a base whose exponents lie at equal distances.", example: "logspace(-3, 0, 4)",
            Parameter<Double>("first", "the first exponent"), Parameter<Double>("last", "the last exponent"),
            Parameter("count", 50, "how many"), Parameter("base", 10.0, "the base"),
            Parameter("dtype", DType.float64, "the element type")
        ) { try .logspace($0, $1, count: $2, base: $3, $4) as Tensor }
    }

    private static func addRandom(_ m: inout LuaModuleBuilder) {
        let shape = Parameter<[Int]>("shape", "the sizes of the axes", variadic: true)
        m.function(
            "rand", "Uniform random numbers in [low, high).", example: "tensor.rand(2, 3)", shape,
            Parameter("low", 0.0, "lowest value"), Parameter("high", 1.0, "highest value"), floatParameter,
            seedParameter
        ) { try .uniform($0, $1, $2, key: Session.key(seed: $4), $3) as Tensor }
        m.function(
            "randn", "Normal random numbers.", example: "tensor.randn({4, 3}, {seed = 1})", shape,
            Parameter("mean", 0.0, "mean"), Parameter("std", 1.0, "standard deviation"), floatParameter, seedParameter
        ) { try .normal($0, mean: $1, std: $2, key: Session.key(seed: $4), $3) as Tensor }
        m.function(
            "randint", "Random whole numbers from low to high, both included.", example: "tensor.randint(1, 6, {10})",
            Parameter<Int>("low", "lowest value"), Parameter<Int>("high", "highest value"),
            Parameter<[Int]>("shape", "the sizes of the axes"), Parameter("dtype", DType.int64, "the element type"),
            seedParameter
        ) { try .integers($2, $0, $1, key: Session.key(seed: $4), $3) as Tensor }
        m.function(
            "bernoulli", "1 with a probability, otherwise 0.", example: "tensor.bernoulli({10}, 0.5)",
            Parameter<[Int]>("shape", "the sizes of the axes"), Parameter<Double>("p", "the probability of 1"),
            floatParameter, seedParameter
        ) { try .bernoulli($0, $1, key: Session.key(seed: $3), $2) as Tensor }
        m.function(
            "randperm", "The numbers 1 to n in a random order.", example: "tensor.randperm(5)",
            Parameter<Int>("n", "how many"), seedParameter
        ) { try Tensor.permutation($0, key: Session.key(seed: $1)).fromOne() }
    }
}
