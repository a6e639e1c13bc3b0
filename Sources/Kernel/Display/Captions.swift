/// What stands under a picture of an example: its label and, beside it, what a model takes it for.
public struct LabelText: Sendable {
    /// Names of the classes by label; numbers are their own names.
    public var classNames: [String]
    public var isUnicode: Bool
    public init(_ classNames: [String] = [], isUnicode: Bool = Screen.current.isUnicode) {
        (self.classNames, self.isUnicode) = (classNames, isUnicode)
    }

    public func name(_ label: Int) -> String {
        classNames.indices.contains(label) ? classNames[label] : "\(label)"
    }

    /// `7`, or `7 → 3 ✗` where the prediction is wrong.
    public func caption(_ label: Int?, prediction: Int?) -> PictureGrid.Caption? {
        switch (label, prediction) {
        case (let label?, let prediction?) where label != prediction:
            return .init(
                "\(name(label)) \(isUnicode ? "→" : "->") \(name(prediction)) \(isUnicode ? "✗" : "x")", marked: true)
        case (let label?, _): return .init(name(label))
        case (nil, let prediction?): return .init("\(isUnicode ? "→" : "->") \(name(prediction))")
        case (nil, nil): return nil
        }
    }
}
