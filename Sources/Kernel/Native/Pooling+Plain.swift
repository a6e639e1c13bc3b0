// The same poolings in plain Swift for any floating-point type: the exact path of gradient checks.

extension PoolingShape {
    /// Calls the body for each window with the plane's number, the place in y and the pixels inside the image.
    private func eachWindow(_ body: (_ plane: Int, _ output: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Void)
        throws
    {
        func inside(_ axis: Int, _ position: Int) -> Range<Int> {
            let start = position * window.stride[axis] - window.padding[axis]
            return max(start, 0)..<min(start + window.kernel[axis], x[2 + axis])
        }
        let (oh, ow) = (y[2], y[3])
        let rows = (0..<oh).map { inside(0, $0) }, columns = (0..<ow).map { inside(1, $0) }
        for plane in 0..<x[0] * x[1] {
            try Interrupt.check()
            for i in 0..<oh { for j in 0..<ow { body(plane, (plane * oh + i) * ow + j, rows[i], columns[j]) } }
        }
    }

    /// What a sum over a window is divided by.
    private func divisor(_ output: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Int {
        if kind == .averageInside { return rows.count * columns.count }
        func length(_ axis: Int, _ position: Int) -> Int {
            let start = position * window.stride[axis] - window.padding[axis]
            return min(start + window.kernel[axis], x[2 + axis] + window.padding[axis]) - start
        }
        return length(0, output / y[3] % y[2]) * length(1, output % y[3])
    }

    /// The result, and for a maximum the index of the pixel it came from (the first in row-major order).
    func plainForward<T: FloatScalar>(_ x: Tensor, _: T.Type) throws -> (y: Tensor, record: Tensor?) {
        let result = try Tensor(empty: y, T.dtype, op: op), (h, w) = (self.x[2], self.x[3])
        let places = kind == .max ? try Tensor(empty: y, .int64, op: op) : nil
        func best(_ x: UnsafeBufferPointer<T>, _ plane: Int, _ rows: Range<Int>, _ columns: Range<Int>) -> Int {
            var best = (plane * h + rows.lowerBound) * w + columns.lowerBound
            for i in rows {
                for j in columns {
                    let place = (plane * h + i) * w + j
                    if x[place] > x[best] || (x[place].isNaN && !x[best].isNaN) { best = place }
                }
            }
            return best
        }
        func mean(_ x: UnsafeBufferPointer<T>, _ plane: Int, _ rows: Range<Int>, _ columns: Range<Int>, _ y: Int) -> T {
            var sum: T = 0
            for i in rows { for j in columns { sum += x[(plane * h + i) * w + j] } }
            return sum / T(divisor(y, rows, columns))
        }
        try x.read(T.self) { x in
            try result.write(T.self) { z in
                if let places {
                    try places.write(Int64.self) { p in
                        try eachWindow { plane, y, rows, columns in
                            let place = best(x, plane, rows, columns)
                            z[y] = relu && x[place] < 0 ? 0 : x[place]
                            p[y] = Int64(place)
                        }
                    }
                } else {
                    try eachWindow { plane, y, rows, columns in z[y] = mean(x, plane, rows, columns, y) }
                }
            }
        }
        return (result, places)
    }

    func plainInputGradient<T: FloatScalar>(_ g: Tensor, _ record: Tensor?, _: T.Type) throws -> Tensor {
        let result = try Tensor.zeros(x, T.dtype), (h, w) = (x[2], x[3])
        try g.read(T.self) { g in
            try result.write(T.self) { z in
                if let record {
                    try record.read(Int64.self) { p in for i in g.indices { z[Int(p[i])] += g[i] } }
                } else {
                    try eachWindow { plane, y, rows, columns in
                        let share = g[y] / T(divisor(y, rows, columns))
                        for i in rows { for j in columns { z[(plane * h + i) * w + j] += share } }
                    }
                }
            }
        }
        return result
    }
}
