import CKernels

/// Elementwise operations in a row on dense elements of float32, made in one pass: block by block in the first cache, so that
/// what lies between them never reaches memory. The loops are those of the single operations, so the bits are the same.
struct ElementChain: @unchecked Sendable {  // loops and numbers; elements are only read
    /// One operation on the elements of a chain, and perhaps on a number or as many other elements on either side.
    enum Step {
        case unary(UnaryOp.Loop, p: Float, q: Float)
        case number(BinaryOp.Loop, Float, isLeft: Bool)
        case elements(BinaryOp.Loop, Storage, offset: Int, isLeft: Bool)
    }

    private let source: Storage, offset: Int
    private(set) var steps: [Step]
    /// Elements that pass through all steps at a time; two blocks fit the first cache.
    private static let block = 2048

    init(_ source: Storage, offset: Int, _ step: Step) { (self.source, self.offset, steps) = (source, offset, [step]) }

    /// The chain that goes on with one more step.
    func followed(by step: Step) -> ElementChain {
        var chain = self
        chain.steps.append(step)
        return chain
    }

    /// Whether elements of this storage go in, at the beginning or on the way.
    func reads(_ storage: Storage) -> Bool {
        source === storage
            || steps.contains { if case .elements(_, let other, _, _) = $0 { other === storage } else { false } }
    }

    /// Writes a range of the results into the same places of z.
    func run(_ range: Range<Int>, into z: Rows) {
        let x = UnsafePointer(source.base.assumingMemoryBound(to: Float.self)) + offset
        if steps.count == 1 {
            return steps[0].run(x + range.lowerBound, z.base + range.lowerBound, range.lowerBound, range.count)
        }
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * ElementChain.block) { room in
            for low in stride(from: range.lowerBound, to: range.upperBound, by: ElementChain.block) {
                let count = min(ElementChain.block, range.upperBound - low)
                var from = x + low
                for (number, step) in steps.enumerated() {
                    let isLast = number == steps.count - 1
                    let to = isLast ? z.base + low : room.baseAddress! + number % 2 * ElementChain.block
                    step.run(from, to, low, count)
                    from = UnsafePointer(to)
                }
            }
        }
    }
}

extension ElementChain.Step {
    /// `n` results at `z` from as many elements at `x`, and from others from `low` on.
    fileprivate func run(_ x: UnsafePointer<Float>, _ z: UnsafeMutablePointer<Float>, _ low: Int, _ n: Int) {
        switch self {
        case .unary(let loop, let p, let q): loop(x, z, n, p, q)
        case .number(let loop, let number, let isLeft):
            withUnsafePointer(to: number) { number in
                if isLeft {
                    loop(number, x, z, ck_plane(rows: 1, n: n, x_row: 0, x_step: 0, y_row: 0, y_step: 1))
                } else {
                    loop(x, number, z, ck_plane(rows: 1, n: n, x_row: 0, x_step: 1, y_row: 0, y_step: 0))
                }
            }
        case .elements(let loop, let storage, let offset, let isLeft):
            let y = UnsafePointer(storage.base.assumingMemoryBound(to: Float.self)) + offset + low
            let plane = ck_plane(rows: 1, n: n, x_row: 0, x_step: 1, y_row: 0, y_step: 1)
            isLeft ? loop(y, x, z, plane) : loop(x, y, z, plane)
        }
    }
}
