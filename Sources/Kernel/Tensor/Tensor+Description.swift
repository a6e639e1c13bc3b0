extension Tensor: CustomStringConvertible {
    public var description: String { "Tensor \(shapeText(shape)) \(dtype.name)" }
}
