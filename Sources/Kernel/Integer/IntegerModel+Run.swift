import CKernels

extension IntegerModel {
    /// Logits [N, classes] float32 of a batch, in pieces, from integer arithmetic.
    public func logits(_ x: Tensor) throws -> Tensor {
        guard !x.shape.isEmpty else {
            throw KernelError.shape(op: "integer", shapes: [x.shape], reason: "a batch [N, ...] expected")
        }
        return try Context.withoutGradients { try x.mapRows(inPiecesOf: examplesPerPass) { try run($0).values } }
    }

    /// What stands after each layer: codes (uint8 or int8), or float values. The last entry is the model's result.
    public func trace(_ x: Tensor) throws -> [Tensor] {
        try Context.withoutGradients {
            var found: [Tensor] = []
            _ = try run(x) { found.append($0.values) }
            return found
        }
    }

    private func run(_ x: Tensor, _ after: ((IntegerFlow) -> Void)? = nil) throws -> IntegerFlow {
        guard x.dtype.isFloat else {
            throw KernelError.dtype(op: "integer", got: [x.dtype], expected: "float32 or float64")
        }
        var flow = IntegerFlow(values: try x.detached().converted(to: .float32), grid: nil)
        for (index, layer) in layers.enumerated() {
            try Interrupt.check()
            if flow.isPositive, layer.step.isRelu { continue }
            // A relu right after sums is the lower bound of their codes, unless somebody wants to see both.
            let isFused =
                after == nil && layer.step.isComputing && index + 1 < layers.count && layers[index + 1].step.isRelu
            flow = try flow.applying(layer.step, positive: isFused)
            after?(flow)
        }
        return flow
    }
}

/// Values on their way through an integer model: float, or codes of a grid.
struct IntegerFlow {
    let values: Tensor
    let grid: CodeGrid?
    /// Whether the codes are those of max(0, value) already.
    private(set) var isPositive = false

    /// The values after a step; `positive` makes sums the codes of max(0, value) at once.
    func applying(_ step: IntegerLayer.Step, positive: Bool = false) throws -> IntegerFlow {
        var input = self
        input.isPositive = positive
        var result = try input.applied(step)
        result.isPositive = positive
        return result
    }

    private func applied(_ step: IntegerLayer.Step) throws -> IntegerFlow {
        switch step {
        case .quantize(let fitted, let grid):
            return IntegerFlow(
                values: try fitted.codes(values, key: Key(seed: 0)).converted(to: grid.dtype), grid: grid)
        case .linear(let weight, let grid, let output): return try linear(weight, grid, output)
        case .convolve(let weight, let window, let groups, let grid, let output):
            return try convolve(weight, window, groups, grid, output)
        case .sum(let window, let grid, let output): return try sum(window, grid, output)
        case .relu(let grid):
            let result = try Tensor(empty: values.shape, values.dtype)
            let (from, offset, _) = try values.contiguous().strided()
            let (to, _, _) = try result.strided()
            ck_relu_codes(from.base + offset, grid.isSigned, Int32(grid.zero), to.base, values.count)
            return withExtendedLifetime((from, to)) { IntegerFlow(values: result, grid: grid) }
        case .maxPool(let window):
            let pooled = try IntegerKernels.maxPool2d(
                values, kernel: window.kernel, stride: window.stride, padding: window.padding)
            return IntegerFlow(values: pooled, grid: grid)
        case .flatten:
            let shape = values.rank > 2 ? [values.shape[0], values.shape[1...].reduce(1, *)] : values.shape
            return IntegerFlow(values: try values.withShape(shape), grid: grid)
        case .float(let module): return IntegerFlow(values: try module.forward(values, .evaluation), grid: nil)
        }
    }

    /// Codes minus the zero point: [Int16] in row-major order.
    private func centred(_ grid: CodeGrid) throws -> [Int16] {
        let source = try values.contiguous()
        let (storage, offset, _) = try source.strided()
        return [Int16](unsafeUninitializedCapacity: values.count) { out, count in
            ck_center_codes(
                storage.base + offset, grid.isSigned, Int32(grid.zero), out.baseAddress, values.count)
            count = values.count
        }
    }

    private func linear(_ weight: IntegerWeight, _ grid: CodeGrid, _ output: IntegerOutput) throws -> IntegerFlow {
        let inputs = weight.shape[1], outputs = weight.outputs
        guard values.rank == 2, values.shape[1] == inputs else {
            throw KernelError.shape(
                op: "integer linear", shapes: [values.shape, weight.shape],
                reason: "x [N, in] and weight [out, in] expected")
        }
        if let bytes = weight.bytes {
            return try finished(IntegerKernels.linear(values, bytes, zeroPoint: grid.zero), weight, output)
        }
        let rows = values.shape[0]
        let x = try centred(grid)
        let sums = SumBuffer(rows * outputs)
        Workers.split(rows, grain: max(1, 1 << 16 / max(1, inputs * outputs))) { range in
            x.withUnsafeBufferPointer { x in
                var shape = ck_product_shape(
                    count_a: range.count, count_b: outputs, count_k: inputs, stride_a: outputs, stride_b: 1, bias_a: 0,
                    bias_b: 1)
                ck_integer_product(
                    &shape, x.baseAddress.map { $0 + range.lowerBound * inputs }, weight.codes, weight.bias,
                    sums.start + range.lowerBound * outputs)
            }
        }
        return try finished(sums, [rows, outputs], perOutput: outputs, inner: 1, output)
    }

    private func convolve(
        _ weight: IntegerWeight, _ window: Window, _ groups: Int, _ grid: CodeGrid, _ output: IntegerOutput
    ) throws -> IntegerFlow {
        let (w, x) = (weight.shape, values.shape)
        guard values.rank == 4, x[1] == w[1] * groups else {
            throw KernelError.shape(
                op: "integer conv2d", shapes: [x, w], reason: "images and channels that fit expected")
        }
        if let bytes = weight.bytes {
            let sums = try IntegerKernels.conv2d(
                values, bytes, stride: window.stride, padding: window.padding, dilation: window.dilation,
                groups: groups,
                zeroPoint: grid.zero)
            return try finished(sums, weight, output)
        }
        let positions = try window.positions(x, op: "integer conv2d")
        let area = positions[0] * positions[1], outputs = w[0], inGroup = w[1], outGroup = outputs / groups
        let kernel = inGroup * w[2] * w[3], image = x[1] * x[2] * x[3]
        let centred = try centred(grid)
        let sums = SumBuffer(try Shape.count([x[0], outputs, area], "integer conv2d"))
        let shape = window.ckWindows(channels: inGroup, x, positions)
        Workers.split(x[0], grain: 1) { range in
            var shape = shape
            var rows = [Int16](repeating: 0, count: area * kernel)
            var product = ck_product_shape(
                count_a: outGroup, count_b: area, count_k: kernel, stride_a: area, stride_b: 1, bias_a: 1, bias_b: 0)
            for index in range {
                for group in 0..<groups {
                    centred.withUnsafeBufferPointer { x in
                        ck_window_rows(
                            &shape, x.baseAddress! + index * image + group * inGroup * shape.height * shape.width, &rows
                        )
                    }
                    weight.codes.withUnsafeBufferPointer { codes in
                        weight.bias.withUnsafeBufferPointer { bias in
                            ck_integer_product(
                                &product, codes.baseAddress! + group * outGroup * kernel, rows,
                                bias.baseAddress! + group * outGroup,
                                sums.start + (index * outputs + group * outGroup) * area)
                        }
                    }
                }
            }
        }
        return try finished(sums, [x[0], outputs] + positions, perOutput: outputs, inner: area, output)
    }

    private func sum(_ window: Window?, _ grid: CodeGrid, _ output: IntegerOutput) throws -> IntegerFlow {
        let x = values.shape
        guard values.rank == 4, x[2] > 0, x[3] > 0 else {
            throw KernelError.shape(op: "integer avg_pool", shapes: [x], reason: "images [N, C, H, W] expected")
        }
        let whole = try Window(kernel: [x[2], x[3]], stride: [1], op: "integer avg_pool")
        let positions = try (window ?? whole).positions(x, op: "integer avg_pool")
        let planes = x[0] * x[1], area = positions[0] * positions[1]
        var shape = (window ?? whole).ckWindows(channels: planes, x, positions)
        let sums = SumBuffer(planes * area)
        try centred(grid).withUnsafeBufferPointer { x in
            if planes > 0 { ck_window_sums(&shape, x.baseAddress, sums.start) }
        }
        let result = window == nil ? [x[0], x[1]] : [x[0], x[1]] + positions
        return try finished(sums, result, perOutput: 1, inner: 1, output.dividing(by: window == nil ? x[2] * x[3] : 1))
    }

    /// Native sums without bias become codes of the next grid, or float values.
    private func finished(_ sums: Tensor, _ weight: IntegerWeight, _ output: IntegerOutput) throws -> IntegerFlow {
        switch output {
        case .codes(let m, let grid):
            let codes = try IntegerKernels.requantize(
                sums, bias: weight.biasTensor, multiplier: Tensor(m), zeroPoint: grid.zero, to: grid.dtype,
                low: low(grid), high: grid.high)
            return IntegerFlow(values: codes, grid: grid)
        case .values:
            let inner = sums.shape.dropFirst(2).reduce(1, *), outputs = weight.outputs
            let all = SumBuffer(sums.count)
            try sums.read(Int32.self) { sums in
                for i in sums.indices { all.start[i] = sums[i] &+ weight.bias[i / inner % outputs] }
            }
            return try finished(all, sums.shape, perOutput: outputs, inner: inner, output)
        }
    }

    /// The smallest code that sums may become.
    private func low(_ grid: CodeGrid) -> Int { isPositive ? max(grid.low, grid.zero) : grid.low }

    /// Sums become codes of the next grid, or float values. Sums lie as [..., outputs, inner].
    private func finished(
        _ sums: SumBuffer, _ shape: [Int], perOutput outputs: Int, inner: Int, _ output: IntegerOutput
    )
        throws -> IntegerFlow
    {
        let m = output.multipliers
        let result: Tensor, grid: CodeGrid?
        switch output {
        case .codes(_, let next): (result, grid) = (try Tensor(empty: shape, next.dtype), next)
        case .values: (result, grid) = (try Tensor(empty: shape, .float32), nil)
        }
        let (storage, _, _) = try result.strided()
        // Runs of sums that share a multiplier, or rows of sums that have one each.
        let run = m.count == 1 ? result.count : inner == 1 ? outputs : inner
        let isRow = m.count > 1 && inner == 1
        guard run > 0, result.count > 0 else { return IntegerFlow(values: result, grid: grid) }
        m.withUnsafeBufferPointer { m in
            for start in stride(from: 0, to: result.count, by: run) {
                let first = isRow || m.count == 1 ? m.baseAddress! : m.baseAddress! + start / inner % outputs
                if let grid {
                    ck_requantize_sums(
                        sums.start + start, first, isRow ? 1 : 0, Int32(grid.zero), Int32(low(grid)), Int32(grid.high),
                        storage.base.assumingMemoryBound(to: UInt8.self) + start, run)
                } else {
                    ck_dequantize_sums(
                        sums.start + start, first, isRow ? 1 : 0,
                        storage.base.assumingMemoryBound(to: Float.self) + start,
                        run)
                }
            }
        }
        return IntegerFlow(values: result, grid: grid)
    }
}

extension IntegerOutput {
    /// The output of sums over `count` times as many codes.
    func dividing(by count: Int) -> IntegerOutput {
        if count == 1 { return self }
        switch self {
        case .codes(let m, let grid): return .codes(m.map { $0 / Float(count) }, grid)
        case .values(let scales): return .values(scales.map { $0 / Float(count) })
        }
    }
}

/// int32 sums shared by threads that write different parts.
private final class SumBuffer: @unchecked Sendable {
    let start: UnsafeMutablePointer<Int32>
    init(_ count: Int) { start = .allocate(capacity: max(count, 1)) }
    deinit { start.deallocate() }
}

extension Window {
    func ckWindows(channels: Int, _ x: [Int], _ positions: [Int]) -> ck_windows {
        ck_windows(
            channels: channels, height: x[2], width: x[3], kernel_h: kernel[0], kernel_w: kernel[1],
            stride_h: stride[0],
            stride_w: stride[1], padding_h: padding[0], padding_w: padding[1], dilation_h: dilation[0],
            dilation_w: dilation[1], out_h: positions[0], out_w: positions[1])
    }
}
