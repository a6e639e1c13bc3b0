import CKernels

extension Tensor {
    /// The inner step of L-infinity attacks in one pass: x + step sign(g), clamped to within eps of the origin and then
    /// into low ... high. Inputs are float32 [N, ...]; eps and step hold one number per sample (a negative step
    /// descends). A gradient of nan or 0 does not move its element. Not recorded.
    /// - Throws: `KernelError` when shapes or types do not fit.
    public func signStepped(
        _ gradient: Tensor, origin: Tensor, step: [Float], eps: [Float], low: Float = 0, high: Float = 1
    ) throws -> Tensor {
        let samples = shape.first ?? 1, width = samples == 0 ? 0 : count / samples
        guard gradient.shape == shape, origin.shape == shape, step.count == samples, eps.count == samples else {
            throw KernelError.shape(
                op: "sign_step", shapes: [shape, gradient.shape, origin.shape, [step.count], [eps.count]],
                reason: "three tensors of one shape and a step and an eps per sample expected")
        }
        guard dtype == .float32, gradient.dtype == .float32, origin.dtype == .float32 else {
            throw KernelError.dtype(
                op: "sign_step", got: [dtype, gradient.dtype, origin.dtype], expected: "float32")
        }
        let result = try Tensor(empty: shape)
        try withPointers([self, origin, gradient], Float.self) { x in
            try result.write(Float.self) { z in
                nonisolated(unsafe) let x = x.map { $0.baseAddress! }, z = z.baseAddress!
                Workers.split(samples, grain: Swift.max(1, Planes.grain / Swift.max(1, width))) { range in
                    let at = range.lowerBound * width
                    ck_sign_step_f32(
                        x[0] + at, x[1] + at, x[2] + at, z + at, range.count, width,
                        Array(eps[range]), Array(step[range]), low, high)
                }
            }
        }
        return result
    }
}
