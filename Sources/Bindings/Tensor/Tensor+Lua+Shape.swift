import Kernel

extension LuaClass {
    static func addShapes(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("shape")
        let shape = Parameter<[Int]>("shape", "the new sizes; one may be -1 and is worked out", variadic: true)
        c.method(
            "reshape", "The same elements in row-major order under another shape.", example: "x:reshape(2, -1)", shape
        ) {
            try $0.reshape($1)
        }
        c.method("view", "The same as reshape.", example: "x:view(2, 6)", shape) { try $0.reshape($1) }
        c.method(
            "flatten", "Several neighbouring axes as one.", example: "x:flatten(2)",
            Parameter("first", Axis(1), "the first of them"), Parameter("last", Axis(-1), "the last of them")
        ) { x, first, last in
            if x.rank == 0 { return try x.reshape([1]) }
            return try x.flatten(from: first.of(x.rank, "Tensor:flatten"), to: last.of(x.rank, "Tensor:flatten"))
        }
        c.method(
            "squeeze", "Without axes of size 1.", example: "tensor.ones(1, 3):squeeze()",
            Parameter("axes", Axes.all, "which of them; all when not given")
        ) { try $0.squeeze($1.of($0.rank, "Tensor:squeeze")) }
        c.method(
            "unsqueeze", "With a new axis of size 1.", example: "x:unsqueeze(1)",
            Parameter<Axis>("axis", "its place in the result")
        ) { try $0.unsqueeze($1.of($0.rank + 1, "Tensor:unsqueeze")) }
        c.method(
            "transpose", "Two axes exchanged, as a view.", Parameter("a", Axis(-2), "one axis"),
            Parameter("b", Axis(-1), "the other axis")
        ) { try $0.transpose($1.of($0.rank, "Tensor:transpose"), $2.of($0.rank, "Tensor:transpose")) }
        c.method("t", "A matrix transposed, as a view.") { try $0.t() }
        c.method(
            "permute", "The axes in another order, as a view.", example: "x:permute(2, 1)",
            Parameter<[Axis]>("axes", "every axis once", variadic: true)
        ) { x, axes in try x.permute(axes.map { try $0.of(x.rank, "Tensor:permute") }) }
        c.method(
            "movedim", "One axis moved to another place.", example: "x:movedim(1, 2)",
            Parameter<Axis>("from", "the axis"),
            Parameter<Axis>("to", "its new place")
        ) { try $0.movedim($1.of($0.rank, "Tensor:movedim"), $2.of($0.rank, "Tensor:movedim")) }
        let target = Parameter<[Int]>("shape", "the new sizes; -1 keeps one", variadic: true)
        c.method(
            "expand", "Axes of size 1 repeated, and new axes in front, as a view.",
            example: "tensor.ones(1, 3):expand(4, -1)", target
        ) {
            try $0.expand($1)
        }
        c.method("broadcast_to", "The same as expand.", example: "x:broadcast_to(2, 4, 3)", target) {
            try $0.expand($1)
        }
        c.method(
            "expand_as", "Expanded to the shape of another tensor.", example: "tensor.ones(1, 3):expand_as(x)",
            Parameter<Tensor>("other", "the model")
        ) {
            try $0.expand($1.shape)
        }
        c.method(
            "view_as", "Reshaped to the shape of another tensor.", example: "arange(12):view_as(x)",
            Parameter<Tensor>("other", "the model")
        ) {
            try $0.reshape($1.shape)
        }
        addRepeats(&c)
    }

    private static func addRepeats(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("repetition")
        let counts = Parameter<[Int]>("counts", "how often along each axis", variadic: true)
        c.method("tile", "The whole tensor repeated along its axes.", example: "x:tile(2, 1)", counts) {
            try $0.tile($1)
        }
        c.method(
            "repeat_interleave", "Each position along an axis repeated in a row.", example: "x:repeat_interleave(2)",
            Parameter<Int>("count", "how often"),
            Parameter("axis", Axis(1), "the axis")
        ) { try $0.repeatInterleave($1, axis: $2.of($0.rank, "Tensor:repeat_interleave")) }
        c.method(
            "flip", "Positions in reverse order, as a view.", example: "x:flip(1)",
            Parameter("axes", Axes.all, "along which axes; all when not given")
        ) { try $0.flip($1.of($0.rank, "Tensor:flip")) }
        c.method(
            "roll", "Positions shifted along an axis; those that leave come back at the other end.",
            example: "x:roll(1)",
            Parameter<Int>("shift", "by how many positions"), Parameter("axis", Axis(1), "the axis")
        ) { try $0.roll($1, axis: $2.of($0.rank, "Tensor:roll")) }
        c.method(
            "pad", "A border around the last axes.", example: "d.images:pad{1, 1, 1, 1}",
            Parameter<[Int]>("widths", "before and after the last axis, before and after the one before it, ..."),
            Parameter("value", 0.0, "what a constant border holds"),
            Parameter("mode", Tensor.PadMode.constant, "what the border repeats")
        ) { x, widths, value, mode in
            guard widths.count % 2 == 0, widths.count <= 2 * x.rank else {
                throw KernelError.shape(
                    op: "pad", shapes: [x.shape], reason: "two widths per axis expected, \(widths.count)")
            }
            var before = [Int](repeating: 0, count: x.rank), after = before
            for pair in 0..<(widths.count / 2) {
                before[x.rank - 1 - pair] = widths[2 * pair]
                after[x.rank - 1 - pair] = widths[2 * pair + 1]
            }
            return try x.pad(before: before, after: after, value: value, mode: mode)
        }
    }

    static func addParts(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("parts")
        c.method(
            "select", "One position along an axis, without the axis, as a view.", example: "x:select(1, -1)",
            Parameter<Axis>("axis", "the axis"), Parameter<Int>("position", "which position")
        ) { x, axis, number in
            let axis = try axis.of(x.rank, "Tensor:select")
            return try x.select(axis, position(number, size: x.shape[axis], axis: axis, shape: x.shape))
        }
        c.method(
            "narrow", "Consecutive positions along an axis, as a view.", example: "x:narrow(1, 2, 3)",
            Parameter<Axis>("axis", "the axis"), Parameter<Int>("first", "the first position"),
            Parameter<Int>("count", "how many")
        ) { x, axis, first, count in
            let axis = try axis.of(x.rank, "Tensor:narrow")
            let start = count == 0 ? 0 : try position(first, size: x.shape[axis], axis: axis, shape: x.shape)
            return try x.narrow(axis, start, count)
        }
        c.method(
            "take", "Positions along an axis in the order of an index.", example: "x:take({3, 1}, 2)",
            Parameter<TensorLike>("index", "positions, whose shape replaces the axis"),
            Parameter("axis", Axis(1), "the axis")
        ) { x, index, axis in try taken(x, index, axis, "Tensor:take") }
        c.method(
            "index_select", "The same as take, in PyTorch's order of arguments.", example: "x:index_select(2, {3, 1})",
            Parameter<Axis>("axis", "the axis"),
            Parameter<TensorLike>("index", "positions")
        ) { x, axis, index in try taken(x, index, axis, "Tensor:index_select") }
        c.method(
            "masked_select", "The elements where a mask is true.", example: "x:masked_select(x:gt(0))",
            Parameter<Tensor>("mask", "a bool tensor")
        ) { try $0.masked($1) }
        c.method(
            "gather", "Element by element along an axis: y[i][j] = x[i][index[i][j]] for axis 2.",
            example: "x:gather(2, {{1}, {3}, {2}, {1}})",
            Parameter<Axis>("axis", "the axis"), Parameter<TensorLike>("index", "positions")
        ) { x, axis, index in
            let axis = try axis.of(x.rank, "Tensor:gather")
            return try x.gather(
                axis: axis, index.tensor("gather").positions(along: x.shape[axis], axis: axis, shape: x.shape))
        }
        c.method(
            "scatter_add", "A copy with a source added at the places that gather would read.",
            example: "x:scatter_add(2, {{1}, {3}, {2}, {1}}, tensor.ones(4, 1))",
            Parameter<Axis>("axis", "the axis"), Parameter<TensorLike>("index", "positions"),
            Parameter<Tensor>("source", "what to add, of the index' shape")
        ) { x, axis, index, source in
            let axis = try axis.of(x.rank, "Tensor:scatter_add")
            let index = try index.tensor("scatter_add").positions(along: x.shape[axis], axis: axis, shape: x.shape)
            return try x.scatterAdd(axis: axis, index, source)
        }
        c.method(
            "split", "Consecutive parts along an axis, as views.", example: "x:split(2)",
            Parameter<Axes>("size", "the size of each part, or a list of sizes"), Parameter("axis", Axis(1), "the axis")
        ) { x, size, axis in
            let axis = try axis.of(x.rank, "Tensor:split"), sizes = size.axes.map(\.number)
            return objects(try sizes.count == 1 ? x.split(size: sizes[0], axis: axis) : x.split(sizes, axis: axis))
        }
        c.method(
            "chunk", "At most so many parts of equal size along an axis, as views.",
            example: "first, second = table.unpack(x:chunk(2))",
            Parameter<Int>("count", "how many"),
            Parameter("axis", Axis(1), "the axis")
        ) { objects(try $0.chunk($1, axis: $2.of($0.rank, "Tensor:chunk"))) }
        let offset = Parameter("offset", 0, "which diagonal; above the main one when positive")
        c.method(
            "diag", "The diagonal of a matrix, or the matrix with this vector on its diagonal.",
            example: "tensor{1, 2, 3}:diag()", offset
        ) {
            try $0.diag($1)
        }
        c.method("triu", "The part on and above a diagonal; the rest is 0.", offset) { try $0.triu($1) }
        c.method("tril", "The part on and below a diagonal; the rest is 0.", offset) { try $0.tril($1) }
    }

    private static func taken(_ x: Tensor, _ index: TensorLike, _ axis: Axis, _ function: String) throws -> Tensor {
        let axis = try axis.of(x.rank, function)
        let index = try index.tensor("take").positions(along: x.shape[axis], axis: axis, shape: x.shape)
        return try x.take(index, axis: axis)
    }

    static func objects(_ tensors: [Tensor]) -> Value { .list(tensors.map { .object($0) }) }
}
