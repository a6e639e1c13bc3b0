import Testing

@testable import Kernel

@Suite struct TensorTextTests {
    let screen = Screen(width: 60, height: 16)
    func text(_ x: Tensor, full: Bool = false) -> String { x.text(on: screen, full: full) }

    @Test("small tensors show every element in one format")
    func small() throws {
        #expect(
            try text(.ramp([2, 3])) == """
                Tensor [2, 3] float64, -1 to 0.85, mean -0.075, std 0.6922
                {{-1.0000, -0.6300, -0.2600},
                 { 0.1100,  0.4800,  0.8500}}
                """)
        #expect(
            try text(Tensor([1e-5, 1, .nan, -.infinity]).requireGrad()) == """
                Tensor [4] float64, 1e-05 to 1, mean 0.5, std 0.7071, 1 nan,
                  1 inf, requires_grad
                {1.0000e-05, 1.0000e+00,        nan,       -inf}
                """)
        #expect(
            try text(Tensor([Int32](arrayLiteral: 1, -20, 3, 4), [2, 1, 2])) == """
                Tensor [2, 1, 2] int32, -20 to 4, mean -3, std 11.4
                {{{  1, -20}},

                 {{  3,   4}}}
                """)
        #expect(try text(Tensor([true, false])) == "Tensor [2] bool, 1 true\n{ true, false}")
        #expect(try text(.ones([2])) == "Tensor [2] float32, all 1\n{1, 1}")
        #expect(try text(.zeros([0, 3])) == "Tensor [0, 3] float32, empty")
    }

    @Test("scalars are plain numbers")
    func scalars() throws {
        #expect(try text(.scalar(0.1)) == "0.1")
        #expect(try text(.scalar(3, .int64)) == "3")
        let x = try Tensor([1.0, 2]).requireGrad()
        #expect(try text(x.select(0, 1)) == "2  (grad_fn index)")
    }

    @Test("large tensors show their edges within the screen")
    func edges() throws {
        #expect(
            try text(.arange(1, through: 2000, .int64)) == """
                Tensor [2000] int64, 1 to 2000, mean 1000, std 577.5
                {   1,    2,    3, ..., 1998, 1999, 2000}
                """)
        #expect(
            try text(.arange(1, through: 1200, .int64).reshape([30, 40])) == """
                Tensor [30, 40] int64, 1 to 1200, mean 600.5, std 346.6
                {{   1,    2,    3, ...,   38,   39,   40},
                 {  41,   42,   43, ...,   78,   79,   80},
                 {  81,   82,   83, ...,  118,  119,  120},
                 ...,
                 {1081, 1082, 1083, ..., 1118, 1119, 1120},
                 {1121, 1122, 1123, ..., 1158, 1159, 1160},
                 {1161, 1162, 1163, ..., 1198, 1199, 1200}}
                """)
        #expect(
            try text(.arange(1, through: 40, .int64).reshape([2, 20])) == """
                Tensor [2, 20] int64, 1 to 40, mean 20.5, std 11.69
                {{ 1,  2,  3,  4,  5,  6,  7, ..., 15, 16, 17, 18, 19, 20},
                 {21, 22, 23, 24, 25, 26, 27, ..., 35, 36, 37, 38, 39, 40}}
                """)
    }

    @Test(
        "no shape fills more than the screen",
        arguments: [
            [1], [5000], [3, 4000], [4000, 3], [70, 70, 70], [9, 9, 9, 9], [Int](repeating: 2, count: 16),
            [1, 1, 1, 30, 1],
        ])
    func clipped(_ shape: [Int]) throws {
        let lines = try text(.zeros(shape)).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count <= screen.height)
        #expect(lines.dropFirst().allSatisfy { $0.count <= screen.width })
    }

    @Test("full text has every element")
    func full() throws {
        let lines = try text(.zeros([40, 50]), full: true).split(separator: "\n")
        #expect(lines.count == 41 && lines[1].count == 152)
    }

    @Test("statistics of views, samples and repeated elements agree with the elements")
    func statistics() throws {
        let x = try Tensor.arange(0, through: 99, .float32).reshape([10, 10])
        #expect(try Statistics(x.t().narrow(0, 2, 3)).sum == x.narrow(1, 2, 3).array(Double.self).reduce(0, +))
        #expect(
            try text(Tensor.full([1], 2).expand([3000, 1000])).hasPrefix(
                "Tensor [3000, 1000] float32, ~ all 2 (of 65536 elements),\n  strides [0, 0]"))
        #expect(try text(.full([2000, 1000], 3)).hasPrefix("Tensor [2000, 1000] float32, ~ all 3 (of 65536 elements)"))
    }

    @Test("the cost of a header does not grow with the tensor: 2^20 elements at most, 2^16 of larger ones")
    func cost() throws {
        #expect(try Statistics(.zeros([1 << 20])).count == 1 << 20)
        #expect(try Statistics(.zeros([(1 << 20) + 1])).count == 1 << 16)
        let view = try Tensor.full([1], 2).expand([1 << 20, 1 << 10])
        #expect(try Statistics(view).count == 1 << 16)
        #expect(text(view).split(separator: "\n").count <= screen.height)
    }

    @Test("what a quantizer gave says bits, scale, zero point and how much is saturated")
    func quantized() throws {
        let x = try Tensor([Float](arrayLiteral: -3, -1, 0, 0.5, 1, 4))
        let quantizer = try Quantizer(.integers(low: -2, high: 1), range: .fixed(-1, 1), scale: .qmin)
        #expect(
            try quantizer.apply(x).header
                == "Tensor [6] float32, -1 to 0.5, mean -0.08333, std 0.736, 2 bits, scale 0.5, 83.3 % saturated")
        #expect(
            try quantizer.codes(x).header
                == "Tensor [6] int8, -2 to 1, mean -0.1667, std 1.472, 2 bits, scale 0.5, 83.3 % saturated")
        let affine = try Quantizer(.integers(low: 0, high: 255), range: .fixed(-1, 3), scale: .affine)
        #expect(try affine.codes(x).header.hasSuffix("8 bits, scale 0.01569, zero point 64, 50 % saturated"))
        #expect(try !affine.apply(x).exp().header.contains("bits"))
        let channels = try Quantizer(
            .integers(low: -127, high: 127), range: .absmax, scale: .qmax, granularity: .channel)
        #expect(
            try channels.codes(x.reshape([2, 3])).header.contains(
                "scale 0.02362 to 0.0315 in 2 channels, 33.3 % saturated"))
    }

    @Test("lines that are too long are broken at spaces, below their last column")
    func breaking() {
        #expect(
            broken("short\n  attack      fgsm{eps = 0.1, norm = \"linf\"}", at: 30) == """
                short
                  attack      fgsm{eps = 0.1,
                              norm = "linf"}
                """)
        #expect(broken("one two three", at: 8) == "one two\n  three")
        #expect(broken(String(repeating: "x", count: 9), at: 4) == "xxxxxxxxx")
    }

    @Test("pictures are made of characters")
    func pictures() throws {
        let x = try Tensor([0.0, 0.5, 1, 0.25], [2, 2])
        #expect(try x.picture(on: screen) == "  ++\n@@::")
        #expect(
            try x.picture(on: Screen(palette: .colours))
                == "\u{1b}[38;2;0;0;0;48;2;255;255;255m▀\u{1b}[38;2;128;128;128;48;2;64;64;64m▀\u{1b}[0m")
        #expect(
            try Tensor.ones([3, 1, 2]).picture(on: Screen(palette: .greys)) == "\u{1b}[38;5;231m▀▀\u{1b}[0m")
        #expect(try Tensor.zeros([784]).picture(on: screen).split(separator: "\n").count == 28)
        #expect(try Tensor.zeros([100, 100]).picture(on: screen).split(separator: "\n").allSatisfy { $0.count <= 60 })
        #expect(try Tensor([-1.0, 3], [1, 2]).picture(on: screen) == "  @@")
        #expect(throws: KernelError.self) { try Tensor.zeros([2, 4, 4]).picture() }
    }
}
