/// A data set as it is published or drawn: a part to train on and a part to test on.
public final class TrainTest: @unchecked Sendable, ObjectParameter, Recorded, CustomStringConvertible {
    public static var typeName: String { "TrainTest" }
    public let train: Dataset
    public let test: Dataset
    /// The recipe and its parameters.
    public var record = Record("data")
    /// The smallest error that any classifier can have on average, where it is known.
    public internal(set) var bayesError: Double?

    public init(train: Dataset, test: Dataset) { (self.train, self.test) = (train, test) }

    /// The data set's name: `fashion-mnist`.
    public var name: String { train.name }
    /// `fashion-mnist: 60000 train and 10000 test examples [1, 28, 28], 10 classes`.
    public var description: String {
        "\(name): \(train.count) train and \(test.count) test examples \(shapeText(train.exampleShape)), "
            + "\(train.classNames.count) classes"
    }
}

/// Every data set that can be loaded or drawn.
public enum DataCatalog {
    public static let recipes: [Recipe<TrainTest>] = published + synthetic

    /// The names as they are published: `fashion-mnist`.
    public static let names = recipes.map { recipe in String(recipe.name.map { $0 == "_" ? "-" : $0 }) }

    /// The recipe of a name; `fashion-mnist` and `fashion_mnist` are the same.
    /// - Throws: `KernelError.value` that lists the known names.
    public static func recipe(_ name: String) throws -> Recipe<TrainTest> {
        let wanted = name.lowercased().map { $0 == "-" ? "_" : $0 }.map(String.init).joined()
        if let recipe = recipes.first(where: { $0.name == wanted }) { return recipe }
        let names = self.names
        let hint = nearest(to: name.lowercased(), in: names).map { "; did you mean \"\($0)\"?" } ?? ""
        throw KernelError.value(
            op: "data.load", name: "name", expected: "one of \(names.joined(separator: ", "))",
            got: quoted(name, limit: 40) + hint)
    }
}
