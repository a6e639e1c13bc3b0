import CKernels
import COneDNN

/// Products of 8-bit integers with exact 32-bit sums: what an integer engine is made of. Nothing is differentiable.
///
/// oneDNN multiplies unsigned by signed bytes with VNNI where the processor has it. Older instructions add two products in
/// 16 bits and saturate (255 * 127 * 2 does not fit); there activations are split as x = 2 * (x >> 1) + (x & 1), whose
/// halves cannot saturate, at the price of a second pass.
public enum IntegerKernels {
    /// Products per sum that can never overflow: 255 * 128 * 65793 < 2^31.
    public static let longestSum = 65793

    /// Whether this processor's byte products are exact in one pass.
    static let isExact = dnnl_get_effective_cpu_isa().rawValue & 0x67 == 0x67

    /// Sums of (x - zeroPoint) * w over the inputs: x [N, K] uint8 or int8, w [O, K] int8 -> int32 [N, O].
    /// - Throws: `KernelError` when types or shapes do not fit, the zero point is not one of x's type or K > 65793.
    public static func linear(_ x: Tensor, _ w: Tensor, zeroPoint: Int = 0) throws -> Tensor {
        try linear(x, w, zeroPoint: zeroPoint, splitting: !isExact)
    }

    static func linear(_ x: Tensor, _ w: Tensor, zeroPoint: Int, splitting: Bool) throws -> Tensor {
        let op = "integer linear"
        try check(x, w, zeroPoint, op)
        guard x.rank == 2, w.rank == 2, x.shape[1] == w.shape[1] else {
            throw KernelError.shape(op: op, shapes: [x.shape, w.shape], reason: "x [N, K] and weight [O, K] expected")
        }
        try checkLength(x.shape[1], op)
        let result = try Tensor(empty: [x.shape[0], w.shape[0]], .int32, op: op)
        guard result.count > 0, x.shape[1] > 0 else { return try .zeros(result.shape, .int32) }
        let x = try x.contiguous(), w = try w.contiguous()
        guard splitting else {
            try gemm(x, w, zeroPoint, into: result, op)
            return result
        }
        let (high, low, shift) = try halves(x), ones = try Tensor(empty: result.shape, .int32)
        try gemm(low, w, (zeroPoint + shift) & 1, into: ones, op)
        try gemm(high, w, (zeroPoint + shift) >> 1, into: result, op)
        try combine(result, ones)
        return result
    }

    private static func gemm(_ x: Tensor, _ w: Tensor, _ zeroPoint: Int, into result: Tensor, _ op: String) throws {
        let (n, k, o) = (dnnl_dim_t(x.shape[0]), dnnl_dim_t(x.shape[1]), dnnl_dim_t(w.shape[0]))
        let (plain, transposed) = (CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "T")))
        let (fixed, zero) = (CChar(UInt8(ascii: "F")), [Int32(0)])
        try Interrupt.check()
        let status = try result.write(Int32.self) { z in
            try w.read(Int8.self) { w in
                if x.dtype == .uint8 {
                    try x.read(UInt8.self) { x in
                        dnnl_gemm_u8s8s32(
                            plain, transposed, fixed, n, o, k, 1, x.baseAddress, k, UInt8(zeroPoint), w.baseAddress, k,
                            0,
                            0, z.baseAddress, o, zero)
                    }
                } else {
                    try x.read(Int8.self) { x in
                        dnnl_gemm_s8s8s32(
                            plain, transposed, fixed, n, o, k, 1, x.baseAddress, k, Int8(zeroPoint), w.baseAddress, k,
                            0, 0,
                            z.baseAddress, o, zero)
                    }
                }
            }
        }
        try OneDNN.check(status, op, "\(shapeText(x.shape)) and \(shapeText(w.shape))")
    }

    // MARK: Parts shared with convolution

    static func check(_ x: Tensor, _ w: Tensor, _ zeroPoint: Int, _ op: String) throws {
        guard x.dtype == .uint8 || x.dtype == .int8, w.dtype == .int8 else {
            throw KernelError.dtype(op: op, got: [x.dtype, w.dtype], expected: "uint8 or int8 and a weight of int8")
        }
        let range = x.dtype == .uint8 ? 0...255 : -128...127
        guard range.contains(zeroPoint) else {
            throw KernelError.value(
                op: op, name: "zero_point", expected: "an integer from \(range.lowerBound) to \(range.upperBound)",
                got: "\(zeroPoint)")
        }
    }
    static func checkLength(_ length: Int, _ op: String) throws {
        guard length <= longestSum else {
            throw KernelError.value(
                op: op, name: "weight", expected: "at most \(longestSum) products per sum, which fit 32 bits",
                got: "\(length)")
        }
    }

    /// x + shift as 2 * high + low, all uint8: int8 is shifted by 128 to become unsigned.
    static func halves(_ x: Tensor) throws -> (high: Tensor, low: Tensor, shift: Int) {
        let high = try Tensor(empty: x.shape, .uint8), low = try Tensor(empty: x.shape, .uint8)
        let (source, offset, _) = try x.contiguous().strided()
        let flip: UInt8 = x.dtype == .int8 ? 128 : 0
        try high.write(UInt8.self) { high in
            try low.write(UInt8.self) { low in
                ck_halve_u8(
                    source.base.assumingMemoryBound(to: UInt8.self) + offset, flip, high.baseAddress, low.baseAddress,
                    high.count)
            }
        }
        withExtendedLifetime(source) {}
        return (high, low, Int(flip))
    }

    /// sum = 2 * sum + ones, in place.
    static func combine(_ sum: Tensor, _ ones: Tensor) throws {
        try ones.read(Int32.self) { ones in
            try sum.write(Int32.self) { sum in ck_combine_s32(sum.baseAddress, ones.baseAddress, sum.count) }
        }
    }
}
