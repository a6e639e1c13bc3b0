extension RangeRule {
    /// The parts that find ranges.
    public static let recipes: [Recipe<RangeRule>] = [
        Recipe(
            "quant", "absmax", "Range: -max|x| to max|x|.", example: "quant.uniform{bits = 4, range = quant.absmax{}}"
        ) {
            .absmax
        },
        Recipe(
            "quant", "minmax", "Range: least to largest value.",
            example: "quant.uint8{range = quant.minmax{}}",
            Parameter("include_zero", true, "widen the range to hold zero, so that zero has a code")
        ) { RangeRule(.minmax(includeZero: $0)) },
        Recipe(
            "quant", "moving_average", "Range: minima and maxima of training batches, averaged.",
            source: "Jacob et al. 2018, arXiv 1712.05877",
            example: "quant.uint8{range = quant.moving_average{momentum = 0.1}}",
            Parameter("momentum", 0.01, "weight of the newest batch", unitInterval)
        ) { RangeRule(.movingAverage(momentum: $0)) },
        Recipe(
            "quant", "percentile", "Range: percentiles 100 - p to p, so that outliers are clipped.",
            example: "quant.uint8{range = quant.percentile{p = 99.9}}",
            Parameter(
                "p", 99.99, "percentile of the upper end", Constraint("number from 50 to 100") { 50 < $0 && $0 <= 100 })
        ) { RangeRule(.percentile($0)) },
        Recipe(
            "quant", "fixed", "Range: the given one, whatever the values.",
            example: "quant.uniform{bits = 2, range = quant.fixed{-1, 1}}",
            Parameter<Double>("lo", "lower end"), Parameter<Double>("hi", "upper end")
        ) { try .fixed($0, $1) },
    ]

    private static let unitInterval = Constraint<Double>("number above 0, at most 1") { 0 < $0 && $0 <= 1 }
}
