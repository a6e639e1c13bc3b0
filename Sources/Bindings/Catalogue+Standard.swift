extension Catalogue {
    /// What `assay` installs. One line per module and class; the declarations stand in their own files.
    public static let standard = Catalogue(
        modules: [
            .tensor,
            .tensorGlobals,
            .data,
        ],
        classes: [
            .tensor,
            .gradientFunction,
            .trainTest,
            .dataset,
            .batchWalk,
            .data,
            .nn,
            .optim,
            .loss,
            .module,
            .optimizer,
            .schedule,
            .lossClass,
            .history,
        ])
}
