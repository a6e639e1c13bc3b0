extension Catalogue {
    /// What `assay` installs. One line per module and class; the declarations stand in their own files.
    public static let standard = Catalogue(
        modules: [.data],
        classes: [.trainTest, .dataset, .batchWalk])
}
