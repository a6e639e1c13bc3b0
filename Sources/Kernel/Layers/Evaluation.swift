// Asking a trained model: evaluation mode, no gradients, in batches, interruptible.

extension Module {
    /// How many examples go through at a time unless somebody says otherwise.
    ///
    /// Linear layers read all of their weights once per pass, whatever the number of examples. A convolution leaves a
    /// hundred times more per example than it reads of weights: what it leaves should still be in the cache when the next
    /// layer wants it. The layers alone decide, so that equal models give equal bits.
    public var examplesPerPass: Int { hasConvolution ? 64 : 256 }

    var hasConvolution: Bool {
        (self[parameter: "weight"]?.rank ?? 0) > 2 || children.contains { $0.module.hasConvolution }
    }

    /// Logits of a batch of any size, computed in pieces.
    public func logits(_ x: Tensor) throws -> Tensor {
        guard !x.shape.isEmpty else {
            throw KernelError.shape(op: "logits", shapes: [x.shape], reason: "a batch [N, ...] expected")
        }
        return try Context.withoutGradients {
            try x.mapRows(inPiecesOf: examplesPerPass) { try forward($0, .evaluation) }
        }
    }

    /// The class with the largest logit per example: int64 [N], labels as the data sets number them (0 ..< classes).
    public func predict(_ x: Tensor) throws -> Tensor {
        let logits = try logits(x)
        guard logits.rank == 2 else {
            throw KernelError.shape(op: "predict", shapes: [logits.shape], reason: "logits [N, classes] expected")
        }
        return try logits.argmax(1)
    }

    /// Per example, whether the predicted class is the label.
    public func correct(_ examples: Examples) throws -> [Bool] {
        var correct: [Bool] = []
        correct.reserveCapacity(examples.count)
        return try Progress.track("accuracy", total: examples.count, unit: "images") { step in
            try inPieces(examples.count, of: examplesPerPass) { range in
                try step(range.lowerBound, "")
                let (x, y) = try examples.batch(Array(range))
                let predicted = try predict(x).array(Int64.self)
                correct += zip(predicted, try y.array(Int64.self)).map { $0 == $1 }
            }
            return correct
        }
    }

    /// The share of examples whose predicted class is the label; nan for none.
    public func accuracy(_ examples: Examples) throws -> Double {
        let correct = try correct(examples)
        return Double(correct.count { $0 }) / Double(correct.count)
    }
}

extension Tensor {
    /// Rows of the first axis; a view when contiguous. No gradient passes.
    func rows(_ range: Range<Int>) throws -> Tensor {
        let (_, offset, strides) = try strided()
        return try view(
            [range.count] + shape.dropFirst(), strides: strides, offset: offset + range.lowerBound * strides[0])
    }

    /// What the body makes of a batch, of so many rows at a time at most, polling Ctrl-C between them. No gradient passes.
    func mapRows(inPiecesOf size: Int, _ body: (Tensor) throws -> Tensor) throws -> Tensor {
        if shape[0] <= size { return try body(self) }
        var parts: [Tensor] = []
        try inPieces(shape[0], of: size) { parts.append(try body(rows($0))) }
        return try Tensor.concat(parts, axis: 0)
    }
}
