/// Everything that can go wrong in Kernel, as data; the text is made here and nowhere else.
public enum KernelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Operands whose shapes do not fit an operation.
    case shape(op: String, shapes: [[Int]], reason: String)
    /// An operand of an element type that the operation does not take.
    case dtype(op: String, got: [DType], expected: String)
    /// A value outside what a parameter allows.
    case value(op: String, name: String, expected: String, got: String)
    /// A file that a confined program was not granted.
    case denied(path: String, writing: Bool)
    /// A file that cannot be read, written or understood.
    case file(path: String, reason: String)
    /// An operation asked of an object that is not in a state to do it.
    case state(op: String, reason: String)
    /// A buffer that the machine cannot give.
    case memory(bytes: Int)

    public var description: String {
        switch self {
        case .shape(let op, let shapes, let reason):
            "\(op): \(reason), got \(shapes.map(shapeText).joined(separator: " and "))"
        case .dtype(let op, let got, let expected):
            "\(op): \(expected) expected, got \(got.map(\.name).joined(separator: " and "))"
        case .value(let op, let name, let expected, let got):
            "\(op): bad value for '\(name)' (\(expected) expected, got \(got))"
        case .denied(let path, let writing):
            "\(path): permission to \(writing ? "write" : "read") it was not granted"
        case .file(let path, let reason): "\(path): \(reason)"
        case .state(let op, let reason): "\(op): \(reason)"
        case .memory(let bytes): "out of memory: cannot allocate \(byteText(bytes))"
        }
    }
}

/// Thrown by long work when the user pressed Ctrl-C.
public struct Interrupted: Error, Sendable, CustomStringConvertible {
    /// What was finished until then, for the prompt to offer: an object of a declared class, or nil.
    public let partial: (any Sendable)?
    public init(partial: (any Sendable)? = nil) { self.partial = partial }
    public var description: String { "interrupted" }
}

/// `[2, 3]` as it stands in messages and headers.
public func shapeText(_ shape: [Int]) -> String {
    "[" + shape.map(String.init).joined(separator: ", ") + "]"
}

/// A byte count with a binary unit: `12.5 MiB`.
public func byteText(_ bytes: Int) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var size = Double(bytes), unit = 0
    while size >= 1024, unit < units.count - 1 { size /= 1024; unit += 1 }
    return unit == 0 ? "\(bytes) B" : "\((size * 10).rounded() / 10) \(units[unit])"
}
