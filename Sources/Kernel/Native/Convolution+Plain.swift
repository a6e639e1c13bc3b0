// The same convolution in Double, in plain Swift: the slow and exact path that gradient checks run on.

extension ConvolutionShape {
    /// One row of taps: `count` products of w[weight] with x[input + i * stride] belonging to y[output + i].
    private func eachRow(_ body: (_ input: Int, _ weight: Int, _ output: Int, _ count: Int) -> Void) throws {
        let (c, h, width) = (x[1], x[2], x[3]), (o, oh, ow) = (y[1], y[2], y[3])
        let (kh, kw) = (w[2], w[3]), inputs = w[1], outputs = o / groups
        let columns = (0..<kw).map { window.inside($0, axis: 1, size: width, positions: ow) }
        for n in 0..<x[0] {
            for out in 0..<o {
                try Interrupt.check()
                for i in 0..<inputs {
                    let channel = out / outputs * inputs + i
                    for a in 0..<kh {
                        for row in window.inside(a, axis: 0, size: h, positions: oh) {
                            let line = row * window.stride[0] + a * window.dilation[0] - window.padding[0]
                            for b in 0..<kw where !columns[b].isEmpty {
                                let first = columns[b].lowerBound
                                let start = first * window.stride[1] + b * window.dilation[1] - window.padding[1]
                                body(
                                    ((n * c + channel) * h + line) * width + start,
                                    ((out * inputs + i) * kh + a) * kw + b, ((n * o + out) * oh + row) * ow + first,
                                    columns[b].count)
                            }
                        }
                    }
                }
            }
        }
    }

    func plainForward(_ x: Tensor, _ w: Tensor, _ b: Tensor?) throws -> Tensor {
        let result = try Tensor.zeros(y, .float64), step = window.stride[1], plane = y[2] * y[3]
        try x.read(Double.self) { x in
            try w.read(Double.self) { w in
                try result.write(Double.self) { z in
                    try b?.read(Double.self) { b in
                        for i in z.indices { z[i] = b[i / plane % b.count] }
                    }
                    try eachRow { input, weight, output, count in
                        for i in 0..<count { z[output + i] += w[weight] * x[input + i * step] }
                    }
                    if relu { for i in z.indices where z[i] < 0 { z[i] = 0 } }
                }
            }
        }
        return result
    }

    func plainInputGradient(_ g: Tensor, _ w: Tensor) throws -> Tensor {
        let result = try Tensor.zeros(x, .float64), step = window.stride[1]
        try g.read(Double.self) { g in
            try w.read(Double.self) { w in
                try result.write(Double.self) { z in
                    try eachRow { input, weight, output, count in
                        for i in 0..<count { z[input + i * step] += w[weight] * g[output + i] }
                    }
                }
            }
        }
        return result
    }

    func plainWeightGradient(_ g: Tensor, _ x: Tensor, bias: Bool) throws -> (w: Tensor, b: Tensor?) {
        let result = try Tensor.zeros(w, .float64), step = window.stride[1]
        try g.read(Double.self) { g in
            try x.read(Double.self) { x in
                try result.write(Double.self) { z in
                    try eachRow { input, weight, output, count in
                        var sum = 0.0
                        for i in 0..<count { sum += x[input + i * step] * g[output + i] }
                        z[weight] += sum
                    }
                }
            }
        }
        return (result, bias ? try g.summed(to: [1, y[1], 1, 1]).withShape([y[1]]) : nil)
    }
}
