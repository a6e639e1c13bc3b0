extension Catalogue {
    /// What `assay` installs. One line per module and class; the declarations stand in their own files.
    public static let standard = Catalogue(
        modules: [
            .tensor, .tensorGlobals,
            .data,
            .nn, .optim, .loss,
            .study,
            .timing, .script,
            .quant,
            .attack,
        ],
        classes: [
            .tensor, .gradientFunction, .histogram,
            .trainTest, .dataset, .batchWalk,
            .module, .moduleSummary, .optimizer, .schedule, .lossClass, .history,
            .quantizer, .rangeRule, .integerModel, .integerComparison,
            .attack, .attackResult, .gallery, .target,
            .sweep, .crossing, .marginModel, .table, .figure,
        ])
}
