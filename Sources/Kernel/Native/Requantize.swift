import CKernels

extension IntegerKernels {
    /// Sums back to bytes: y = clamp(round(float(sum + bias) * multiplier) + zeroPoint, low, high), halves to even, per
    /// channel (axis 1). The product is one rounding in float32. A channels-last tensor stays so.
    ///
    /// round(2.5) = 2, round(3.5) = 4; a sum of 100 with bias 5, multiplier 0.1 and zero point 3 gives 13 (10.5 -> 10).
    /// - Parameters:
    ///   - sums: int32 [N, C, ...].
    ///   - bias: int32 [C], in units of the sums; nil adds nothing.
    ///   - multiplier: float32 [C], or one for all channels.
    ///   - to: uint8 or int8; `low` and `high` default to its ends, a fused max(0, y) is `low` = zero point.
    /// - Throws: `KernelError` when shapes, types or bounds do not fit.
    public static func requantize(
        _ sums: Tensor, bias: Tensor? = nil, multiplier: Tensor, zeroPoint: Int = 0, to type: DType, low: Int? = nil,
        high: Int? = nil
    ) throws -> Tensor {
        let op = "requantize"
        guard sums.dtype == .int32, multiplier.dtype == .float32, type == .uint8 || type == .int8,
            bias == nil || bias!.dtype == .int32
        else {
            throw KernelError.dtype(
                op: op, got: [sums.dtype, multiplier.dtype, type],
                expected: "int32 sums and bias, float32 factors, 8 bits,")
        }
        guard sums.rank >= 2, bias == nil || bias!.shape == [sums.shape[1]],
            multiplier.count == 1 || multiplier.shape == [sums.shape[1]]
        else {
            throw KernelError.shape(
                op: op, shapes: [sums.shape, multiplier.shape],
                reason: "sums [N, C, ...] and one factor per channel expected")
        }
        let range = type == .uint8 ? 0...255 : -128...127
        let (low, high) = (low ?? range.lowerBound, high ?? range.upperBound)
        guard range.contains(low), range.contains(high), low <= high, range.contains(zeroPoint) else {
            throw KernelError.value(
                op: op, name: "zero_point", expected: "low <= high and all within \(range)",
                got: "\(zeroPoint), \(low), \(high)")
        }
        return try run(sums, bias, multiplier, Int32(zeroPoint), type, Int32(low), Int32(high))
    }

    private static func run(
        _ sums: Tensor, _ bias: Tensor?, _ multiplier: Tensor, _ zeroPoint: Int32, _ type: DType, _ low: Int32,
        _ high: Int32
    ) throws -> Tensor {
        let channels = sums.shape[1], plane = sums.shape.dropFirst(2).reduce(1, *)
        let isLast =
            try sums.rank == 4 && sums.count > 0 && sums.nativeBlock != nil
            && sums.nativeBlock!.layout == Layout(channelsLast: sums.shape, .int32, op: "requantize")
        let (rows, inner) = isLast ? (sums.shape[0] * plane, 1) : (sums.shape[0], plane)
        let biases = try bias?.array(Int32.self) ?? [Int32](repeating: 0, count: channels)
        let given = try multiplier.array(Float.self)
        let factors = given.count == channels ? given : [Float](repeating: given.first ?? 1, count: channels)
        let storage = try Storage(bytes: sums.count)
        let source = try isLast ? nil : sums.contiguous().strided()
        let base = isLast ? sums.nativeBlock!.base : source!.storage.base + source!.offset * 4
        nonisolated(unsafe) let x = base.assumingMemoryBound(to: Int32.self)
        nonisolated(unsafe) let z = storage.base.assumingMemoryBound(to: UInt8.self)
        let stride = channels * inner
        Workers.split(rows, grain: max(1, 65536 / max(1, stride))) { part in
            biases.withUnsafeBufferPointer { b in
                factors.withUnsafeBufferPointer { f in
                    let job = ck_requantization(
                        channels: channels, inner: inner, bias: b.baseAddress, multiplier: f.baseAddress,
                        zero_point: zeroPoint, low: low, high: high)
                    ck_requantize(x + part.lowerBound * stride, part.count, job, z + part.lowerBound * stride)
                }
            }
        }
        withExtendedLifetime((sums, source?.storage)) {}
        guard isLast else {
            return Tensor(
                shape: sums.shape, dtype: type, count: sums.count,
                contents: .strided(storage, offset: 0, strides: Shape.strides(sums.shape)))
        }
        let layout = try Layout(channelsLast: sums.shape, type, op: "requantize")
        return try Tensor(sums.shape, type, NativeBlock(layout, storage), op: "requantize")
    }
}
