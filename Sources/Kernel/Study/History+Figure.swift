extension History {
    public enum Quantity: String, Choice { case accuracy, loss }

    /// Accuracy (in percent) or loss by epoch, on the training and the held-out examples; a mark at the kept epoch.
    public func figure(_ y: Quantity = .accuracy) -> Figure {
        func points(_ value: (Epoch) -> Double?) -> [Figure.Point] {
            epochs.enumerated().compactMap { index, epoch in value(epoch).map { .init(Double(index + 1), $0) } }
        }
        let training = Figure.Series("training", points { y == .accuracy ? 100 * $0.accuracy : $0.loss })
        let holdout = Figure.Series(
            "held out", points { y == .accuracy ? $0.holdoutAccuracy.map { 100 * $0 } : $0.holdoutLoss })
        let series = holdout.points.isEmpty ? [training] : [training, holdout]
        var figure = Figure(
            series, title: "training", xLabel: "epoch", yLabel: y == .accuracy ? "accuracy (%)" : "loss")
        if best > 0, best < epochs.count { figure.marks = [.init(Double(best), "weights kept")] }
        return figure
    }
}
