import Kernel

extension LuaClass {
    static let integerModel = LuaClass(
        IntegerModel.self, "A quantized model that computes with integers; its twin gives the gradients."
    ) { c in
        c.example = "i8 = net:quantize{weights = quant.int8{}, activations = quant.uint8{}, calibrate = d}:integer()"
        c.method(
            "logits", "The logits of a batch from integer arithmetic.",
            example: "i8:logits(d.images)",
            Parameter<Tensor>("x", "inputs [N, ...]")
        ) { model, x in try model.logits(x) }
        c.call("The logits of a batch from integer arithmetic.", Parameter<Tensor>("x", "inputs [N, ...]")) {
            model, x in
            try model.logits(x)
        }
        c.method(
            "predict", "The class with the largest logit per example, from 0.",
            example: "i8:predict(d.images)", Parameter<Tensor>("x", "inputs [N, ...]")
        ) { model, x in try model.predict(x) }
        c.method(
            "accuracy", "The share of examples whose predicted class is the label.",
            example: "i8:accuracy(fashion.test)",
            Parameter<Examples>("data", "a data set, or {inputs, labels}")
        ) { model, data in try model.accuracy(data) }
        c.method(
            "trace", "What stands after each step: codes (uint8 or int8), or float values.",
            example: "i8:trace(d.images)[2]",
            Parameter<Tensor>("x", "inputs [N, ...]")
        ) { model, x in try model.trace(x) }
        c.method(
            "compare", "How far the codes are from those of the fake-quantized model and of the differentiable twin.",
            example: "i8:compare(d.images)", Parameter<Tensor>("x", "inputs [N, ...]")
        ) { model, x in try model.compare(x) }
        c.property("twin", "the differentiable twin: the same codes in float32, with straight-through gradients") {
            $0.twin
        }
        c.property("source", "the fake-quantized model that it was made from") { $0.source }
        c.property("spec", "the specification that exactness refers to") { $0.spec.rawValue }
        c.property("twin_is_exact", "whether the twin's codes equal the integers' for every input") { $0.twinIsExact }
        c.property("layers", "the steps as text, in order") { model in model.layers.map { "\($0.path): \($0.text)" } }
    }

    static let integerComparison = LuaClass(
        IntegerComparison.self, "How far an integer model and its fake-quantized source are apart."
    ) { c in
        c.example = "comparison = i8:compare(d.images)"
        c.property("examples", "the number of examples") { $0.examples }
        c.property("agreeing", "examples of which both predict the same class") { $0.agreeing }
        c.property("differing", "the mean share of codes that differ, over the layers") { $0.differing }
        c.property("twin_differing", "the codes on which the differentiable twin differs") { $0.twinDiffering }
        c.property("largest_logit", "the largest difference of a logit") { $0.largestLogit }
        c.property("layers", "per quantized layer: path, differing, largest") { comparison in
            Value.list(
                comparison.layers.map { layer in
                    .table(
                        .init(named: [
                            ("path", .text(layer.path)), ("differing", .number(layer.differing)),
                            ("largest", .int(layer.largest)),
                        ]))
                })
        }
    }
}
