import Kernel

extension LuaClass {
    static func addOrder(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("order and counts")
        let axis = Parameter("axis", Axis(-1), "the axis"), descending = Parameter("descending", false, "largest first")
        c.method(
            "sort", "The elements along an axis in order, and the positions they come from; stable, nan last.",
            example: "values, positions = x:sort()", axis, descending
        ) { x, axis, descending in
            if x.rank == 0 { return Several(.object(x), .object(try Tensor.ones([], .int64))) }
            let (values, indices) = try x.sort(axis: axis.of(x.rank, "Tensor:sort"), descending: descending)
            return Several(.object(values), .object(try indices.fromOne()))
        }
        c.method("argsort", "The positions that put the elements along an axis in order; stable.", axis, descending) {
            try $0.argsort(axis: $1.of($0.rank, "Tensor:argsort"), descending: $2).fromOne()
        }
        c.method(
            "topk", "The k largest elements along an axis in order, and their positions.", example: "x:topk(3)",
            Parameter<Int>("k", "how many"), axis, Parameter("largest", true, "false gives the smallest")
        ) { x, k, axis, largest in
            let (values, indices) = try x.topk(k, axis: axis.of(x.rank, "Tensor:topk"), largest: largest)
            return Several(.object(values), .object(try indices.fromOne()))
        }
        c.method(
            "unique",
            "The distinct elements in ascending order, how often each occurs, and for each element which it is."
        ) { x in
            let (values, counts, inverse) = try x.unique()
            return Several(.object(values), .object(counts), .object(try inverse.fromOne()))
        }
        c.method(
            "nonzero", "The positions of the elements that are not zero: one row of indices each."
        ) { try $0.nonzero().fromOne() }
        c.method(
            "bincount", "How often each of 0, 1, 2 ... occurs among whole numbers; 0 is counted at position 1.",
            example: "tensor{0, 2, 2}:bincount()",
            Parameter("minimum", 0, "at least so many counts")
        ) { try $0.bincount(minimum: $1) }
        c.method(
            "histogram", "Counts in bins of equal width, and the edges of the bins.", example: "x:histogram(20)",
            Parameter("bins", 10, "how many bins"),
            Parameter<Double?>("low", nil, "lowest edge; nil is the smallest element"),
            Parameter<Double?>("high", nil, "highest edge; nil is the largest element")
        ) { x, bins, low, high in
            let (counts, edges) = try x.histogram(bins: bins, low: low, high: high)
            return Several(.object(counts), .object(edges))
        }
        c.method(
            "searchsorted", "For each value the position in this ascending vector at which it would go in.",
            example: "tensor{1, 3, 5}:searchsorted({2, 4})",
            Parameter<TensorLike>("values", "what to look for"),
            Parameter("right", false, "after equal elements instead of before")
        ) { try $0.searchsorted($1.tensor("searchsorted"), right: $2).fromOne() }
        c.group("like this one")
        c.method(
            "bernoulli", "1 with the probability that the element says, otherwise 0.",
            example: "tensor.full({3}, 0.5):bernoulli()", seedParameter
        ) { try $0.bernoulli(key: Session.key(seed: $1)) }
    }
}
