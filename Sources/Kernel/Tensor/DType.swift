/// The element type of a tensor.
public enum DType: String, Choice {
    case float32, float64, int32, int64, uint8, int8, bool

    public var name: String { rawValue }
    /// Bytes per element.
    public var size: Int {
        switch self {
        case .float32, .int32: 4
        case .float64, .int64: 8
        case .uint8, .int8, .bool: 1
        }
    }
    public var isFloat: Bool { self == .float32 || self == .float64 }
}
