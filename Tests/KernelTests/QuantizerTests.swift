import Glibc
import Testing
import TestSupport

@testable import Kernel

@Suite struct QuantizerTests {
    /// Every combination of axes that is possible.
    static let all: [Quantizer] = {
        var grids: [Grid] = [
            .ternary(.half), .ternary(.twn), .binary(scaled: true, zero: .plus), .binary(scaled: false, zero: .zero),
            .binary(scaled: true, zero: .minus),
        ]
        for bits in [1, 2, 3, 4, 8, 16] {
            grids.append(.noZeroLevel(bits: bits))
            for (signed, narrow) in [(true, false), (true, true), (false, false), (false, true)] {
                if let grid = try? Grid.integers(bits: bits, signed: signed, narrow: narrow) { grids.append(grid) }
            }
        }
        let ranges: [RangeRule] = [
            .absmax, .minmax, RangeRule(.minmax(includeZero: false)), .movingAverage, RangeRule(.percentile(90)),
            RangeRule(.fixed(low: -1, high: 1)), RangeRule(.fixed(low: -0.5, high: 2)),
        ]
        var all: [Quantizer] = []
        for grid in grids {
            for range in ranges {
                for scale in ScaleRule.allCases {
                    for rounding in Rounding.allCases {
                        for division in Division.allCases {
                            for place in ZeroPointPlace.allCases {
                                guard
                                    let q = try? Quantizer(
                                        grid, range: range, scale: scale, rounding: rounding, gradient: .saturating,
                                        zeroPoint: place, division: division)
                                else { continue }
                                all.append(q)
                            }
                        }
                    }
                }
            }
        }
        return all
    }()

    static let some = all.enumerated().filter { $0.offset % 5 == 0 }.map(\.element)

    /// Ties, bin edges, both zeros, subnormal and huge values, and values between.
    static func values(_ step: FittedQuantizer.Step) -> [Float] {
        let s = Float(step.scale)
        var x: [Float] = [0, -0.0, 0x1p-133, -0x1p-133, 1e30, -1e30, .infinity, -.infinity, Float(step.zero)]
        for k in -5...5 {
            let tie = (Float(k) + 0.5) * s
            x += [tie, tie.nextUp, tie.nextDown, Float(k) * s, 0.37 * Float(k) * s]
        }
        return x
    }

    @Test("codes and values equal the definition for every combination of choices")
    func twin() throws {
        let data = try Tensor([Float](stride(from: -1.3, through: 2.1, by: 0.0625)))
        let key = Key(seed: 3)
        var checked = 0
        for q in Self.all {
            let fitted = try q.fitted(to: data)
            let x = Self.values(fitted.steps[0])
            let twin = QuantizerTwin(q, fitted.steps[0], key: key)
            let expected = x.indices.map { twin.code(x[$0], $0) ?? 0 }
            let tensor = try Tensor(x)
            let codes = try fitted.codes(tensor, key: key)
            #expect(try codes.array(Int64.self).map { Int($0) } == expected, "\(q)")
            #expect(codes.dtype == q.grid.dtype)
            let values = try fitted.quantized(tensor, key: key).array(Float.self)
            #expect(values == expected.map { twin.value($0) }, "\(q)")
            #expect(try fitted.dequantized(codes).array(Float.self) == values, "\(q)")
            checked += 1
        }
        #expect(checked > 5000)
    }

    @Test("the order is kept, and quantizing twice changes nothing")
    func properties() throws {
        let x = try Tensor.normal([500], key: Key(seed: 1))
        let sorted = try Tensor(x.array(Float.self).sorted())
        for q in Self.some where q.rounding == .halfEven || q.rounding == .halfAway {
            let fitted = try q.fitted(to: x)
            let once = try fitted.quantized(sorted, key: Key(seed: 0))
            let y = try once.array(Float.self)
            #expect(zip(y, y.dropFirst()).allSatisfy { $0 <= $1 }, "monotone: \(q)")
            // With the sign of zero 0 or TWN's threshold above its own level there is nothing to prove.
            if case .ternary(.twn) = q.grid { continue }
            #expect(try fitted.quantized(once, key: Key(seed: 0)).array(Float.self) == y, "idempotent: \(q)")
        }
    }

    @Test("inside the range the error is at most half a step, and zero stays zero where it is a level")
    func errors() throws {
        let values: [Float] = try Tensor.normal([400], key: Key(seed: 2)).array(Float.self) + [0]
        let x = try Tensor(values)
        for q in Self.some where q.rounding == .halfEven && !q.grid.hasThresholds {
            let fitted = try q.fitted(to: x)
            let step = fitted.steps[0]
            let y = try fitted.quantized(x, key: Key(seed: 0)).array(Float.self)
            let (low, high) = (q.grid.codes.lowerBound, q.grid.codes.upperBound)
            let slack = 1e-5 + Double(high - low) * 0x1p-23  // a code of 16 bits has 8 bits of fraction in a Float
            let least = (Double(low) - step.zero) * step.scale, most = (Double(high) - step.zero) * step.scale
            for (a, b) in zip(values, y) where Double(a) >= least && Double(a) <= most {
                #expect(Double(abs(a - b)) <= step.scale * (0.5 + slack), "\(q): \(a) -> \(b)")
            }
            if case .integers = q.grid, q.range.includesZero { #expect(y.last == 0, "\(q)") }
        }
    }

    @Test("ties go where the rule says")
    func ties() throws {
        let x: [Float] = [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]
        func codes(_ rounding: Rounding) throws -> [Int64] {
            let q = try Quantizer(
                .integers(bits: 8, signed: true, narrow: false), range: .fixed(-127, 127), rounding: rounding)
            return try q.codes(Tensor(x)).array(Int64.self)
        }
        #expect(try codes(.halfEven) == [-2, -2, 0, 0, 2, 2])
        #expect(try codes(.halfAway) == [-3, -2, -1, 1, 2, 3])
        #expect(try codes(.floor) == [-3, -2, -1, 0, 1, 2])
        #expect(try codes(.ceil) == [-2, -1, 0, 1, 2, 3])
        #expect(try codes(.trunc) == [-2, -1, 0, 0, 1, 2])
    }

    @Test("a zero point inside the rounding moves ties when it is odd")
    func zeroPointPlace() throws {
        // Range -3 ... 252 in 255 steps: scale 1, zero point 3.
        func codes(_ place: ZeroPointPlace) throws -> [Int64] {
            let q = try Quantizer(
                .integers(bits: 8, signed: false, narrow: false), range: .fixed(-3, 252), scale: .affine,
                zeroPoint: place)
            return try q.codes(Tensor([-1.5, -0.5, 0.5, 1.5, 2.5] as [Float])).array(Int64.self)
        }
        #expect(try codes(.inside) == [2, 2, 4, 4, 6])
        #expect(try codes(.outside) == [1, 3, 3, 5, 5])
    }

    @Test("the main study's quantizers have the levels of their definition")
    func levels() throws {
        func values(_ name: String, _ bits: Int) throws -> [Double] {
            let recipe = Quantizer.recipes.first { $0.name == name }!
            let q = try recipe.build([.table(.init(named: [("bits", .int(bits))]))])
            let x = try Tensor((0...400).map { Float($0) / 200 - 1 })
            return Array(Set(try q.apply(x).array(Double.self))).sorted()
        }
        #expect(try values("midtread", 1) == [-1, 0])
        #expect(try values("midtread", 2) == [-1, -0.5, 0, 0.5])
        #expect(try values("midtread", 3) == [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75])
        #expect(try values("no_zero_level", 1) == [-1, 1])
        #expect(try values("no_zero_level", 2).map { ($0 * 3).rounded() } == [-3, -1, 1, 3])
    }

    @Test("channels without any value other than zero quantize to zero, each with its own scale")
    func channels() throws {
        let x = try Tensor([1, -2, 0, 0, 0.5, 0.25] as [Float], [3, 2])
        let q = try Quantizer(.integers(bits: 8, signed: true, narrow: true), granularity: .channel)
        let fitted = try q.fitted(to: x)
        #expect(fitted.steps.map(\.scale) == [Double(Float(2) / 127), 1, Double(Float(0.5) / 127)])
        #expect(try fitted.codes(x, key: Key(seed: 0)).array(Int64.self) == [64, -127, 0, 0, 127, 64])
        #expect(try fitted.quantized(x, key: Key(seed: 0)).array(Float.self)[2...3] == [0, 0])
    }

    @Test("nan stays nan in values, has no code, and gives no range")
    func nan() throws {
        let x = try Tensor([0.5, .nan] as [Float])
        let fixed = try Quantizer(.integers(bits: 4, signed: true, narrow: false), range: .fixed(-1, 1))
        let y = try fixed.apply(x).array(Float.self)
        #expect(y[1].isNaN && !y[0].isNaN)
        #expect(
            throws: KernelError.value(op: "codes", name: "x", expected: "numbers, each of which has a code", got: "nan")
        ) { try fixed.codes(x) }
        let absmax = try Quantizer(.integers(bits: 4, signed: true, narrow: false))
        #expect(
            throws: KernelError.value(
                op: "quantizer", name: "x", expected: "finite numbers to take a range from", got: "nan or infinity")
        ) { try absmax.apply(x) }
    }

    @Test("stochastic rounding is right on average and belongs to the element, not to the batch")
    func stochastic() throws {
        let q = try Quantizer(
            .integers(bits: 8, signed: true, narrow: false), range: .fixed(-127, 127), rounding: .stochastic)
        let fitted = q.fitted(ranges: [ObservedRange(low: -127, high: 127)])
        let x = try Tensor.full([20000], 0.3)
        let y = try fitted.quantized(x, key: Key(seed: 5)).array(Double.self)
        #expect(abs(y.reduce(0, +) / 20000 - 0.3) < 0.01)
        let head = try fitted.quantized(Tensor.full([777], 0.3), key: Key(seed: 5)).array(Double.self)
        #expect(head == Array(y[..<777]))
    }

    @Test("float64 follows the same rules: codes differ from float32's at bin edges alone")
    func double() throws {
        let x = try Tensor.normal([300], key: Key(seed: 9))
        for q in Self.some where q.division == .divide {
            let fitted = try q.fitted(to: x)
            let single = try fitted.quantized(x, key: Key(seed: 1)).array(Double.self)
            let double = try fitted.quantized(x.converted(to: .float64), key: Key(seed: 1)).array(Double.self)
            let step = fitted.steps[0].scale
            let moved = zip(single, double).filter { abs($0 - $1) > 1e-5 * max(1, abs($0)) }
            #expect(moved.count <= 6 && moved.allSatisfy { abs($0 - $1) <= step * 1.01 }, "\(q)")
        }
    }

    @Test("DoReFa quantizes as its paper says")
    func dorefa() throws {
        let recipe = Quantizer.recipes.first { $0.name == "dorefa" }!
        let w: [Float] = [-1.5, -0.3, 0.1, 0.8]
        let q = try recipe.build([.int(2)])
        let y = try q.apply(Tensor(w)).array(Double.self)
        let most = Double(w.map { tanhf($0) }.map(abs).max()!)
        let expected = w.map { 2 * ((Double(tanhf($0)) / (2 * most) + 0.5) * 3).rounded(.toNearestOrEven) / 3 - 1 }
        #expect(zip(y, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        let one = try recipe.build([.int(1)]).apply(Tensor(w)).array(Double.self)
        #expect(zip(one, [-0.675, -0.675, 0.675, 0.675]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test("bit depth maps 8-bit pixels to themselves exactly")
    func bitDepth() throws {
        let q = try Quantizer.recipes.first { $0.name == "bit_depth" }!.build([.int(8)])
        let pixels = (0...255).map { Float($0) / 255 }
        #expect(try q.apply(Tensor(pixels)).array(Float.self) == pixels)
    }

    @Test("a quantizer's text states every choice")
    func text() throws {
        func text(_ name: String, _ named: [(name: String, value: Value)] = []) throws -> String {
            try Quantizer.recipes.first { $0.name == name }!.build(named.isEmpty ? [] : [.table(.init(named: named))])
                .description
        }
        #expect(
            try text("int8", [("granularity", .text("channel"))])
                == "8 bits signed, codes -127...127 (narrow), with a zero level; range quant.absmax, scale M/127, "
                + "zero point 0, empty range: scale 1; half_even of x/scale; per channel; "
                + "gradient straight-through inside the range")
        #expect(
            try text("uint8", [("range", .text("percentile"))])
                == "8 bits unsigned, codes 0...255, with a zero level; range quant.percentile{p = 99.99}, scale (hi-lo)/255, "
                + "zero point clamp(0-round(lo/scale)) outside the rounding, empty range: scale 1; half_even of x/scale; "
                + "per tensor; gradient straight-through inside the range")
        #expect(
            try text("uniform", [("bits", .int(2)), ("zero_level", .flag(false))])
                == "2 bits, codes 0...3, no zero level: levels M*(2*code/3-1), ties on the codes; range quant.absmax, "
                + "scale M/1.5, zero point 1.5 inside the rounding, empty range: scale 1; half_even of x/scale; per tensor; "
                + "gradient straight-through inside the range")
        #expect(
            try text("binary")
                == "binary, codes -1, 1, sign(0) = +1, scale mean|x|; empty range: scale 1; per tensor; "
                + "gradient straight-through for |x| <= 1")
    }

    @Test("choices that exclude each other are errors")
    func exclusions() {
        #expect(throws: KernelError.self) { try Grid.integers(bits: 1, signed: true, narrow: true) }
        #expect(throws: KernelError.self) { try Grid.integers(bits: 17, signed: true, narrow: false) }
        #expect(throws: KernelError.self) { try RangeRule.fixed(1, -1) }
        #expect(throws: KernelError.self) {
            try Quantizer(.integers(bits: 1, signed: true, narrow: false), scale: .qmax)
        }
    }

    @Test("where the range covers all values, the clipped gradient that is skipped would have clipped nothing")
    func coveredGradient() throws {
        let grids: [Grid] = [
            .integers(low: -7, high: 7), .integers(low: -8, high: 7), .noZeroLevel(bits: 2), .ternary(.half),
        ]
        let g = try Tensor.normal([40, 7], key: Key(seed: 2))
        for grid in grids {
            for granularity in Granularity.allCases {
                let quantizer = try Quantizer(grid, range: .absmax, granularity: granularity)
                #expect(quantizer.coversWhatItIsFittedTo)
                for scale in [1e-3, 1, 7.7] {
                    let x = try Tensor.normal([40, 7], key: Key(seed: 1)).mul(.number(scale)).detached()
                    let fitted = try quantizer.fitted(to: x)
                    let masked = try #require(try fitted.gradient(g, at: x, key: Key(seed: 0)))
                    #expect(try masked.equals(g), "\(quantizer)")
                }
            }
        }
    }

    @Test("a gradient clips where the range may leave values out")
    func uncovered() throws {
        let signed = Grid.integers(low: -8, high: 7)
        let others = [
            try Quantizer(signed, range: .percentile), try Quantizer(signed, range: .fixed(-1, 1)),
            try Quantizer(signed, range: .absmax, scale: .affine), try Quantizer(.binary(scaled: true, zero: .plus)),
            try Quantizer(.binary(scaled: false, zero: .plus)), try Quantizer(.ternary(.twn)),
            try Quantizer(.integers(low: 0, high: 15), range: .absmax, scale: .qmax),
            try Quantizer(signed, range: .absmax, gradient: .ste),
        ]
        for quantizer in others { #expect(!quantizer.coversWhatItIsFittedTo, "\(quantizer)") }
    }
}
