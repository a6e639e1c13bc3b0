extension Primitive {
    /// What the graph keeps of a call until its derivative is asked for.
    struct Call {
        let types: [TensorType]
        let x: [Kept]
        let y: Tensor?
        let extra: [Tensor]
        private let keeps: Keeps

        init(_ primitive: Primitive, _ x: [Tensor], _ types: [TensorType], _ y: Tensor, _ extra: [Tensor]) {
            (self.types, self.extra, keeps) = (types, extra, primitive.keeps)
            let needs = x.map { $0.node != nil }, keeps = keeps
            self.x = x.indices.map { keeps.includesOperand($0, needs) ? Kept(x[$0]) : .nothing }
            self.y = keeps.contains(.output) ? y.detached() : nil
        }

        /// The same for the derivative, with what it reads computed again.
        func opened(needs: [Bool], ownsGradient: Bool) throws -> Saved {
            let operands = try x.enumerated().map { index, kept -> Tensor in
                keeps.includesOperand(index, needs) ? try kept.tensor() : .absent
            }
            return Saved(types: types, x: operands, y: y, extra: extra, needs: needs, ownsGradient: ownsGradient)
        }
    }
}
