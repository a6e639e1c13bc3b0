import Kernel
import Testing

@testable import Bindings

@Suite struct QuantizerBindingTests {
    let lua: Interpreter
    init() throws {
        lua = try Interpreter()
        try lua.run("x = tensor{-1, -0.4, 0, 0.3, 1}")
    }

    @Test("quantizers are made by name, with parts by name or as values")
    func making() {
        #expect(lua.answer("return quant.int8{}.bits, quant.int4().bits, quant.ternary{}.bits") == "8, 4, 2")
        #expect(lua.answer("return quant.uniform{bits = 2} == quant.uniform(2)") == "true")
        #expect(
            lua.answer("return quant.uint8{range = 'percentile'} == quant.uint8{range = quant.percentile{p = 99.99}}")
                == "true")
        #expect(
            lua.answer(
                "return quant.uniform{bits = 3, lo = -1, hi = 1} == quant.uniform{3, range = quant.fixed{-1, 1}}")
                == "true")
        #expect(
            lua.answer("return quant.midtread{bits = 2}.recipe")
                == "\"quant.midtread{bits = 2, range = quant.fixed{lo = -1, hi = 1}, rounding = \\\"half_even\\\", "
                + "granularity = \\\"tensor\\\", gradient = \\\"clipped\\\"}\"")
    }

    @Test("codes, values, levels, range and error of a quantizer")
    func methods() {
        #expect(lua.answer("return quant.midtread{bits = 2}:levels():totable()") == "{-1, -0.5, 0, 0.5}")
        #expect(
            lua.answer("q = quant.uniform{bits = 3, lo = -1, hi = 1} return q:codes(x):totable()")
                == "{-3, -1, 0, 1, 3}")
        #expect(lua.answer("return q:codes(x).dtype") == "\"int8\"")
        #expect(lua.answer("return quant.int8{}:range(x)") == "-1, 1, 0.007874015718698502, 0")
        #expect(lua.answer("return q(x):totable()[5], q:dequantize(q:codes(x)):totable()[5]") == "1, 1")
        #expect(lua.answer("local rms, most = quant.binary{scale = false}:error(x) return most") == "1")
        #expect(lua.answer("return quant.int8{}:sqnr(x) > 40") == "true")
    }

    @Test("a model is quantized after training, layer by layer as asked, and can train on")
    func model() {
        #expect(lua.answer("net = nn.mlp{4, 8, 3, seed = 1} q = quant.uniform{bits = 2, zero_level = false}") == "")
        #expect(
            lua.answer("w2 = net:quantize{weights = q} return #w2.layers == #net.layers, net.quantization")
                == "true, nil")
        #expect(
            lua.answer("return w2.quantization:match('weight: 2 bits, codes 0...3')")
                == "\"weight: 2 bits, codes 0...3\"")
        #expect(lua.answer("return net:quantize{weights = q, skip = 'first'}.quantization:sub(1, 2)") == "\"4:\"")
        #expect(
            lua.answer(
                "return net:quantize{layers = {['2'] = {weights = q}}}.quantization == '2: weight: ' .. tostring(q)")
                == "true")
        #expect(
            lua.answer("net:quantize{weights = q, skip = {'7'}}")
                == "error: stdin:1: quantize: bad value for 'layers' (one of the layers 2, 4 expected, got \"7\")")
        #expect(lua.answer("net:quantize{}").contains("a quantizer for weights, activations or the input expected"))
        #expect(
            lua.answer("net:quantize{activations = quant.uint8{}}:logits(tensor.rand(2, 4))").contains(
                "are not calibrated"))
        let calibrated = "a8 = net:quantize{activations = quant.uint8{}, calibrate = tensor.rand({64, 4}, {seed = 1})}"
        #expect(lua.answer(calibrated + " return a8:logits(tensor.rand(2, 4)).shape[2]") == "3")
    }

    @Test("a calibrated model runs in integers and its twin has the same codes")
    func integer() {
        let source =
            "net = nn.mlp{4, 8, 3, seed = 1} x = tensor.rand({64, 4}, {seed = 1}) "
            + "a8 = net:quantize{weights = quant.int8{granularity = 'channel'}, "
            + "activations = quant.uint8{range = 'percentile'}, calibrate = x} i8 = a8:integer{spec = 'onnx'} "
        #expect(lua.answer(source + "return i8.spec, i8.twin_is_exact, #i8.layers") == "\"onnx\", true, 5")
        #expect(
            lua.answer("c = i8:compare(x) return c.examples, c.twin_differing, c.differing < 0.02") == "64, 0, true")
        #expect(lua.answer("return #i8:trace(x), i8:trace(x)[2].dtype, i8:logits(x).shape[2]") == "5, \"uint8\", 3")
        #expect(
            lua.answer("return net:integer()")
                == "error: stdin:1: integer: no layer has quantized weights and activations; quantize with "
                + "weights = quant.int8{}, activations = quant.uint8{}, calibrate = data")
    }

    @Test("a quantized model is the same after saving and loading")
    func saving() {
        let path = "/tmp/assay-quantized-\(Int.random(in: 0..<1 << 40)).safetensors"
        let source =
            "net = nn.mlp{4, 8, 3, seed = 1} x = tensor.rand({64, 4}, {seed = 1}) "
            + "a8 = net:quantize{weights = quant.uniform{bits = 3, lo = -1, hi = 1}, activations = quant.uint8{range = "
            + "quant.percentile{p = 99}}, input_bits = 4, calibrate = x} a8:save('\(path)') b8 = nn.load('\(path)') "
            + "os.remove('\(path)') "
        #expect(lua.answer(source + "return b8.quantization == a8.quantization") == "true")
        #expect(lua.answer("return (a8:logits(x) - b8:logits(x)):abs():max():item()") == "0")
    }

    @Test("an attack takes gradients from the twin and the verdict from the integers")
    func attacked() {
        let source =
            "d = data.load('blobs', {n = 64, test = 32, classes = 3, seed = 1}) net = nn.mlp{2, 8, 3, seed = 1} "
            + "net:fit(d.train, {epochs = 3, batch = 8, seed = 1}) "
            + "i8 = net:quantize{weights = quant.int8{}, activations = quant.uint8{}, calibrate = d.train}:integer{} "
            + "r = attack.fgsm{eps = 0.05}:run(i8, d.test) "
        #expect(lua.answer(source + "return i8:accuracy(d.test) > 0.3, tostring(r):len() > 0") == "true, true")
    }

    @Test("what does not fit is an error with the words to fix it")
    func errors() {
        func says(_ source: String, _ text: String) {
            #expect(lua.answer(source).contains(text), "\(lua.answer(source))")
        }
        says(
            "quant.int8{}:levels()",
            "bad argument 'x' to 'Quantizer:levels' (Tensor, since the scale follows the values, expected, got nothing)"
        )
        says(
            "quant.uniform{bits = 17}",
            "bad argument 'bits' to 'quant.uniform' (integer from 1 to 16 expected, got number 17)")
        says("quant.uniform{bits = 1, scale = 'qmax'}", "quantizer: bad value for 'scale' (\"qmin\" for 1 bit")
        says(
            "quant.fixed{1, -1}",
            "quantizer: bad value for 'range' (lo < hi, both below 1e30 in size expected, got lo = 1, hi = -1)")
        says("quant.int8{range = 'abs'}", "bad argument 'range' to 'quant.int8'")
        says("quant.int8{}:codes(tensor{1, 0/0})", "finite numbers to take a range from expected, got nan or infinity")
    }

    @Test("the gradient goes straight through")
    func gradient() {
        let source =
            "w = tensor{-2, 0.3, 2}:requires_grad() quant.midtread{bits = 2}(w):backward(tensor.ones(3)) return w.grad:totable()"
        #expect(lua.answer(source) == "{0, 1, 0}")
    }
}
