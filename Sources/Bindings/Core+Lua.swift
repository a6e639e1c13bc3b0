extension Catalogue {
    /// What every interpreter has, whatever is installed.
    static let core = Catalogue(classes: [.error])
}
