/// An element type of a file: how many bytes it takes there and which tensor it becomes.
///
/// Types that tensors lack are widened without loss: half precision to float32, 16-bit integers to int32, uint32 to int64.
struct StoredElement: Sendable {
    let size: Int
    let dtype: DType
    /// Nil when the bytes are the tensor's own.
    let widen: (@Sendable (_ from: UnsafeRawBufferPointer, _ to: Tensor) throws -> Void)?

    /// The tensor of the given bytes (little-endian, row-major). Their count has been checked.
    func tensor(_ bytes: UnsafeRawBufferPointer, _ shape: [Int]) throws -> Tensor {
        guard let widen else {
            return try Tensor(shape, dtype, op: "read") { $0.copyMemory(from: bytes) }
        }
        let tensor = try Tensor(empty: shape, dtype, op: "read")
        try widen(bytes, tensor)
        return tensor
    }

    static func same(_ dtype: DType) -> StoredElement { StoredElement(size: dtype.size, dtype: dtype, widen: nil) }

    private static func widened<T: BitwiseCopyable, U: Scalar>(
        _: T.Type, _ convert: @escaping @Sendable (T) -> U
    ) -> StoredElement {
        let size = MemoryLayout<T>.size
        return StoredElement(size: size, dtype: U.dtype) { bytes, tensor in
            try tensor.write(U.self) { target in
                for i in target.indices {
                    target[i] = convert(bytes.loadUnaligned(fromByteOffset: i * size, as: T.self))
                }
            }
        }
    }

    static let float16 = widened(UInt16.self) { float(half: $0) }
    static let bfloat16 = widened(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    static let int16 = widened(Int16.self) { Int32($0) }
    static let uint16 = widened(UInt16.self) { Int32($0) }
    static let uint32 = widened(UInt32.self) { Int64($0) }

    /// By the names of the safetensors format.
    static let safetensors: [String: StoredElement] = [
        "F32": same(.float32), "F64": same(.float64), "I32": same(.int32), "I64": same(.int64), "U8": same(.uint8),
        "I8": same(.int8), "BOOL": same(.bool), "F16": float16, "BF16": bfloat16, "I16": int16, "U16": uint16,
        "U32": uint32,
    ]
    /// By numpy's kind and size: `f4`.
    static let numpy: [String: StoredElement] = [
        "f4": same(.float32), "f8": same(.float64), "i4": same(.int32), "i8": same(.int64), "u1": same(.uint8),
        "i1": same(.int8), "b1": same(.bool), "f2": float16, "i2": int16, "u2": uint16, "u4": uint32,
    ]
}

/// IEEE half precision, exactly: 1 sign, 5 exponent and 10 fraction bits.
func float(half bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F), fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1024 + fraction) * Float(sign: .plus, exponent: exponent - 25, significand: 1)
    }
}

extension DType {
    /// The name in safetensors files.
    var safetensors: String {
        switch self {
        case .float32: "F32"
        case .float64: "F64"
        case .int32: "I32"
        case .int64: "I64"
        case .uint8: "U8"
        case .int8: "I8"
        case .bool: "BOOL"
        }
    }
}
