/// A Swift type that can be the element of a tensor.
public protocol Scalar: Sendable, BitwiseCopyable {
    static var dtype: DType { get }
    init(converting value: Double)
    var asDouble: Double { get }
    /// An integer in this type: the low bits for integer types, truth for Bool, the nearest number for floats.
    static func wrapping(_ value: Int64) -> Self
    /// Exact for integers; floats truncate and saturate.
    var asInt64: Int64 { get }
}
extension Scalar {
    public static func wrapping(_ value: Int64) -> Self { Self(converting: Double(value)) }
    public var asInt64: Int64 { Int64(converting: asDouble) }
}
extension Scalar where Self: FixedWidthInteger {
    public static func wrapping(_ value: Int64) -> Self { Self(truncatingIfNeeded: value) }
    public var asInt64: Int64 { Int64(truncatingIfNeeded: self) }
}
/// A floating-point element: what can have a gradient.
public protocol FloatScalar: Scalar, BinaryFloatingPoint {}

extension Float: FloatScalar {
    public static var dtype: DType { .float32 }
    public init(converting value: Double) { self = Float(value) }
    public var asDouble: Double { Double(self) }
}
extension Double: FloatScalar {
    public static var dtype: DType { .float64 }
    public init(converting value: Double) { self = value }
    public var asDouble: Double { self }
}
/// Conversion truncates towards zero and saturates; NaN becomes 0. (C leaves both undefined; we choose.)
extension Scalar where Self: FixedWidthInteger {
    public init(converting value: Double) {
        if value.isNaN { self = 0; return }
        let whole = value.rounded(.towardZero)
        if whole >= Double(Self.max) {
            self = .max
        } else if whole <= Double(Self.min) {
            self = .min
        } else {
            self = Self(whole)
        }
    }
    public var asDouble: Double { Double(self) }
}
extension Int32: Scalar { public static var dtype: DType { .int32 } }
extension Int64: Scalar { public static var dtype: DType { .int64 } }
extension UInt8: Scalar { public static var dtype: DType { .uint8 } }
extension Int8: Scalar { public static var dtype: DType { .int8 } }
extension Bool: Scalar {
    public static var dtype: DType { .bool }
    public init(converting value: Double) { self = value != 0 }
    public var asDouble: Double { self ? 1 : 0 }
}

extension DType {
    /// The Swift type of the elements; open it with a generic function: `func f<T: Scalar>(_: T.Type)`.
    public var scalar: any Scalar.Type {
        switch self {
        case .float32: Float.self
        case .float64: Double.self
        case .int32: Int32.self
        case .int64: Int64.self
        case .uint8: UInt8.self
        case .int8: Int8.self
        case .bool: Bool.self
        }
    }
    /// The type that holds results of mixing two: float64 over float32 over the wider integer over bool.
    public static func promoted(_ a: DType, _ b: DType) -> DType {
        if a == b { return a }
        let order: [DType] = [.bool, .uint8, .int8, .int32, .int64, .float32, .float64]
        let wider = order.firstIndex(of: a)! > order.firstIndex(of: b)! ? a : b
        if (a == .uint8 && b == .int8) || (a == .int8 && b == .uint8) { return .int32 }
        return wider
    }
}
