import CKernels

// One element of each row, chosen by label or as the best of the others.

extension Tensor {
    /// Element `index[n]` of row n of [N, C] as [N]; indices are in range; float types only. Not recorded.
    func picked(_ index: Tensor) throws -> Tensor {
        let result = try Tensor(empty: index.shape, dtype), classes = shape[1]
        func run<T: Scalar>(_: T.Type) throws {
            try read(T.self) { x in
                try index.read(Int64.self) { at in
                    try result.write(T.self) { z in
                        for n in z.indices { z[n] = x[n * classes + Int(at[n])] }
                    }
                }
            }
        }
        try dtype == .float32 ? run(Float.self) : run(Double.self)
        return result
    }

    /// Zeros [N, C] with g[n] at column `index[n]` of row n.
    func scattered(_ index: Tensor, _ shape: [Int]) throws -> Tensor {
        let result = try Tensor.zeros(shape, dtype), classes = shape[1]
        func run<T: Scalar>(_: T.Type) throws {
            try read(T.self) { g in
                try index.read(Int64.self) { at in
                    try result.write(T.self) { z in
                        for n in g.indices { z[n * classes + Int(at[n])] = g[n] }
                    }
                }
            }
        }
        try dtype == .float32 ? run(Float.self) : run(Double.self)
        return result
    }

    /// The column of the largest element of each row other than the label's, the first of equal ones: int64 [N].
    func argmaxExcept(_ labels: Labels) throws -> Tensor {
        guard shape[1] >= 2 else {
            throw KernelError.shape(op: "max_except", shapes: [shape], reason: "at least two classes are needed")
        }
        let result = try Tensor(empty: [shape[0]], .int64), classes = shape[1]
        try labels.tensor.read(Int64.self) { y in
            try result.write(Int64.self) { z in
                if dtype == .float32 {
                    try read(Float.self) {
                        ck_argmax_except_f32($0.baseAddress, y.baseAddress, z.baseAddress, z.count, classes)
                    }
                } else {
                    try read(Double.self) { x in
                        for n in z.indices { z[n] = best(x, n * classes, classes, except: Int(y[n])) }
                    }
                }
            }
        }
        return result
    }

    private func best(_ x: UnsafeBufferPointer<Double>, _ start: Int, _ classes: Int, except label: Int) -> Int64 {
        var best = label == 0 ? 1 : 0
        for j in 0..<classes where j != label {
            let a = x[start + j], b = x[start + best]
            if a > b || (a.isNaN && !b.isNaN) { best = j }
        }
        return Int64(best)
    }
}
