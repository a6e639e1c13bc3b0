import Kernel

extension Slow {
    /// The sizes of a convolution, for loops that follow its definition.
    public struct Convolution: Sendable, CustomStringConvertible {
        public var n = 2, c: Int, h: Int, w: Int, o: Int, kh: Int, kw: Int
        public var stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1

        public init(
            c: Int, h: Int, w: Int, o: Int, kh: Int, kw: Int, stride: [Int] = [1, 1], padding: [Int] = [0, 0],
            dilation: [Int] = [1, 1], groups: Int = 1
        ) {
            (self.c, self.h, self.w, self.o, self.kh, self.kw) = (c, h, w, o, kh, kw)
            (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
        }
        public var description: String {
            "[\(n), \(c), \(h), \(w)] with [\(o), \(c / groups), \(kh), \(kw)] stride \(stride) padding \(padding) "
                + "dilation \(dilation) groups \(groups)"
        }
        public var oh: Int { (h + 2 * padding[0] - (kh - 1) * dilation[0] - 1) / stride[0] + 1 }
        public var ow: Int { (w + 2 * padding[1] - (kw - 1) * dilation[1] - 1) / stride[1] + 1 }

        /// Visits every product of the definition with the indices of y, x and weight; x is nil in the border.
        public func eachTap(_ body: (_ y: Int, _ x: Int?, _ weight: Int) -> Void) {
            for image in 0..<n {
                for out in 0..<o {
                    for i in 0..<oh { for j in 0..<ow { taps(image, out, i, j, body) } }
                }
            }
        }
        private func taps(_ image: Int, _ out: Int, _ i: Int, _ j: Int, _ body: (Int, Int?, Int) -> Void) {
            let inputs = c / groups, first = out / (o / groups) * inputs
            for channel in 0..<inputs {
                for a in 0..<kh {
                    for b in 0..<kw {
                        let row = i * stride[0] + a * dilation[0] - padding[0]
                        let column = j * stride[1] + b * dilation[1] - padding[1]
                        let inside = row >= 0 && row < h && column >= 0 && column < w
                        body(
                            ((image * o + out) * oh + i) * ow + j,
                            inside ? ((image * c + first + channel) * h + row) * w + column : nil,
                            ((out * inputs + channel) * kh + a) * kw + b)
                    }
                }
            }
        }

        public func forward(_ x: [Double], _ weight: [Double], _ bias: [Double]) -> [Double] {
            var y = (0..<n * o * oh * ow).map { bias[$0 / (oh * ow) % o] }
            eachTap { place, tap, k in if let tap { y[place] += x[tap] * weight[k] } }
            return y
        }
        /// The gradients of x, weight and bias for a gradient g of y.
        public func backward(_ x: [Double], _ weight: [Double], _ g: [Double]) -> [[Double]] {
            var dx = [Double](repeating: 0, count: x.count), dw = [Double](repeating: 0, count: weight.count)
            var db = [Double](repeating: 0, count: o)
            eachTap { place, tap, k in
                guard let tap else { return }
                dx[tap] += g[place] * weight[k]
                dw[k] += g[place] * x[tap]
            }
            for (place, gradient) in g.enumerated() { db[place / (oh * ow) % o] += gradient }
            return [dx, dw, db]
        }
    }
}
