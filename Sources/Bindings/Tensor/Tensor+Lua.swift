import Kernel

extension LuaClass {
    static let tensor = LuaClass(
        Tensor.self,
        """
        A dense array of numbers with a shape and an element type. Indices and axes count from 1, from the end when \
        negative; ranges include both ends. x[i] picks along the first axis, x[{i, j}] one element, \
        x[{ {a, b}, {} }] a part that shares storage with x, x[mask] and x[index] copies. == compares whole tensors \
        and gives true or false; use x:eq(y) for the elements.
        """
    ) { c in
        c.example = "x = tensor.randn({4, 3}, {seed = 1})"
        addProperties(&c)
        addConversions(&c)
        addIndexing(&c)
        addShapes(&c)
        addParts(&c)
        addOrder(&c)
        addArithmetic(&c)
        addFunctions(&c)
        addReductions(&c)
        addComposed(&c)
        addLosses(&c)
        addLinear(&c)
        addAutograd(&c)
        addShowing(&c)
        c.description { $0.description }
    }

    private static func addProperties(_ c: inout LuaClassBuilder<Tensor>) {
        c.property("shape", "The sizes of the axes.") { $0.shape }
        c.property("dtype", "The element type, as in \"float32\".") { $0.dtype }
        c.property("needs_grad", "Whether a backward pass can reach this tensor.") { $0.requiresGrad }
        c.property("is_leaf", "Whether it was not computed by a recorded operation.") { $0.isLeaf }
        c.property("grad", "The gradient that backward collected, or nil.") { $0.grad }
        c.group("size and type")
        c.method("numel", "The number of elements.") { $0.count }
        c.method("dim", "The number of axes.") { $0.rank }
        c.method(
            "size", "The sizes of the axes, or of one.", example: "x:size(1)",
            Parameter<Axis?>("axis", nil, "which axis; nil gives all of them")
        ) { x, axis -> Value in
            guard let axis else { return .integers(x.shape) }
            return .int(x.shape[try axis.of(x.rank, "Tensor:size")])
        }
        c.method("stride", "How many elements apart neighbours along each axis lie in memory.") {
            try $0.strided().strides
        }
        c.method("is_contiguous", "Whether the elements lie in row-major order without gaps.") { $0.isContiguous }
        c.unary(.length, "The size of the first axis.") { x -> Int in
            guard let size = x.shape.first else { throw CallError("a scalar has no length; use item()") }
            return size
        }
        c.equal { try $0.equals($1) }
    }

    private static func addConversions(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("conversion")
        c.method(
            "to", "The elements in another type (truncating, saturating; nan becomes 0 in integers).",
            example: "x:to(\"float64\")", Parameter<DType>("dtype", "the new type")
        ) { try $0.to($1) }
        for (name, dtype) in [
            ("float", DType.float32), ("double", .float64), ("int", .int32), ("long", .int64), ("byte", .uint8),
            ("char", .int8), ("bool", .bool),
        ] {
            c.method(name, "The elements as \(dtype.name).") { try $0.to(dtype) }
        }
        c.method("item", "The only element as a plain value.", example: "x:sum():item()") { try $0.item() }
        c.method("totable", "The elements as nested tables.", example: "tensor{{1, 2}, {3, 4}}:totable()") {
            try $0.list()
        }
        c.method("clone", "A copy with storage of its own; gradients pass through.") { try $0.clone() }
        c.method("contiguous", "This tensor, or a row-major copy when it is a view with gaps.") {
            try $0.isContiguous ? $0 : $0.clone()
        }
        c.method("detach", "The same elements (shared) without a place in any gradient graph.") { $0.detached() }
        c.group("like this one")
        c.method("zeros_like", "Zeros of this shape and type.") { try $0.zerosLike() }
        c.method("ones_like", "Ones of this shape and type.") { try $0.onesLike() }
        c.method(
            "full_like", "One repeated value in this shape and type.", example: "x:full_like(0.5)",
            Parameter<Double>("value", "the value")
        ) { try $0.fullLike($1) }
    }

    private static func addIndexing(_ c: inout LuaClassBuilder<Tensor>) {
        c.index("An element, a row or a part; see help on Tensor.", returns: "Tensor") { x, key in
            if case .text = key { return nil }
            // One past the end is nil, so that ipairs stops.
            if let number = Int(key), let size = x.shape.first, number == size + 1 { return .null }
            let part = try TensorKey(key, of: x).part(of: x)
            return part.rank == 0 && !part.requiresGrad ? try part.item() : .object(part)
        }
        c.newIndex("Overwrites a part in place; the value is converted and broadcast.") { x, key, value in
            if case .text(let name) = key { return try setField(x, name, value) }
            guard let literal = try TensorLike(value) else {
                throw CallError("\(TensorLike.typeName) expected, got \(value.errorText)")
            }
            try TensorKey(key, of: x).assign(literal.tensor("assign"), to: x)
        }
        c.group("in place")
        c.method(
            "fill", "Overwrites every element in place; the value is broadcast. Returns the tensor.",
            example: "x:clone():fill(0)", Parameter<TensorLike>("value", "a number or tensor")
        ) { x, value in
            try x.assign(value.tensor("fill"))
            return x
        }
    }

    private static func setField(_ x: Tensor, _ name: String, _ value: Value) throws {
        guard name == "grad" else { throw CallError("Tensor has no field '\(name)' that can be set") }
        let gradient = try Tensor?(value) ?? nil
        if let gradient, gradient.type != x.type {
            throw KernelError.shape(
                op: "grad", shapes: [x.shape, gradient.shape], reason: "a gradient like the tensor expected")
        }
        guard gradient != nil || value.isNull else { throw CallError("Tensor or nil expected, got \(value.errorText)") }
        x.grad = gradient
    }
}
