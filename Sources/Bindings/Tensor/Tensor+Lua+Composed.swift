import Kernel

extension LuaClass {
    static func addComposed(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("functions")
        c.method("log2", "Logarithm to base 2.") { try $0.log2() }
        c.method("log10", "Logarithm to base 10.") { try $0.log10() }
        c.group("comparison")
        c.method("isinf", "Where elements are infinite (bool).") { try $0.isInf() }
        c.group("parts")
        c.method(
            "masked_fill", "A copy with a value where a mask is true.", example: "x:masked_fill(x:lt(0), 0)",
            Parameter<Tensor>("mask", "a bool tensor that broadcasts"),
            Parameter<Operand>("value", "a number or tensor")
        ) { try $0.maskedFill($1, $2) }
        let axis = Parameter<Axis?>("axis", nil, "the axis; nil takes all elements")
        let keep = Parameter("keepdim", false, "keep the axis with size 1")
        c.group("reduction")
        c.method(
            "quantile", "The value below which a share of the elements lies, interpolated between two elements.",
            example: "x:quantile(0.99)", Parameter<Double>("q", "the share, from 0 to 1"), axis, keep
        ) { try $0.quantile($1, axis: $2?.of($0.rank, "Tensor:quantile"), keepDims: $3) }
        c.method("median", "The middle element, or the mean of the two in the middle.", axis, keep) {
            try $0.median(axis: $1?.of($0.rank, "Tensor:median"), keepDims: $2)
        }
        c.group("products")
        c.method(
            "outer", "Every product of an element of this vector with one of another.",
            example: "tensor{1, 2}:outer(tensor{3, 4, 5})",
            Parameter<Tensor>("other", "a vector")
        ) { try $0.outer($1) }
        c.group("parts")
        c.method(
            "unbind", "The positions along an axis, each without the axis, as views.",
            Parameter("axis", Axis(1), "the axis")
        ) { objects(try $0.unbind(axis: $1.of($0.rank, "Tensor:unbind"))) }
        c.group("comparison")
        c.method(
            "allclose", "Whether all elements agree within atol + rtol * |other|.", example: "x:allclose(x + 1e-9)",
            Parameter<Tensor>("other", "what to compare with"), Parameter("rtol", 1e-5, "relative tolerance"),
            Parameter("atol", 1e-8, "absolute tolerance")
        ) { try $0.allClose($1, relative: $2, absolute: $3) }
        c.group("like this one")
        c.method("rand_like", "Uniform random numbers in [0, 1) of this shape and type.", seedParameter) {
            try .uniform($0.shape, key: Session.key(seed: $1), $0.dtype) as Tensor
        }
        c.method("randn_like", "Normal random numbers of this shape and type.", seedParameter) {
            try .normal($0.shape, key: Session.key(seed: $1), $0.dtype) as Tensor
        }
    }
}
