import CKernels

// Activations between convolutions lie in a layout of oneDNN. A quantizer with one step for all of them does not care in
// which order they come, so it takes them as they lie.

extension FittedQuantizer {
    /// Stochastic rounding numbers its draws by position, and per-channel steps by the first axis.
    private var isOrderFree: Bool {
        steps.count == 1 && quantizer.transform == .none && quantizer.rounding != .stochastic
    }

    /// `quantized` for an activation in a native layout; nil where the ordinary pass must do it.
    func nativeQuantized(_ x: Tensor, _ settings: ck_quantizer) throws -> Tensor? {
        guard isOrderFree, x.dtype == .float32, x.nativeBlock != nil else { return nil }
        let step = steps[0].single
        let loop: @Sendable (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void = { x, z, count in
            var (settings, step) = (settings, step)
            ck_fake_quantize_f32(&settings, &step, x, z, count, 0)
        }
        var zero: Float = 0, image: Float = 0
        loop(&zero, &image, 1)
        return try x.mappingFloats(keepsZero: image == 0, loop)
    }

    /// The masked gradient for an activation in a native layout; nil where the ordinary pass must do it.
    func nativeMasked(_ g: Tensor, _ x: Tensor, _ settings: ck_quantizer, byCode: Bool) throws -> Tensor? {
        guard isOrderFree, x.dtype == .float32, x.nativeBlock != nil || g.nativeBlock != nil else { return nil }
        let step = steps[0].single
        return try g.zippingFloats(x, keepsZero: true) { g, x, z, count in
            var (settings, step) = (settings, step)
            if byCode {
                ck_saturating_gradient_f32(&settings, &step, x, g, z, count, 0)
            } else {
                ck_clipped_gradient_f32(&step, x, g, z, count)
            }
        }
    }
}
