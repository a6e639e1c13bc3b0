/// One element of any type, on its way to text.
enum Element {
    case int(Int)
    case number(Double)
    case flag(Bool)
}

/// Single elements of a tensor by their positions.
struct ElementReader {
    private let storage: Storage, offset: Int, strides: [Int], dtype: DType

    init(_ tensor: Tensor) throws {
        (storage, offset, strides) = try tensor.strided()
        dtype = tensor.dtype
    }

    func element(_ index: [Int]) -> Element {
        let place = zip(index, strides).reduce(offset) { $0 + $1.0 * $1.1 }
        func read<T>(_: T.Type) -> T { storage.base.assumingMemoryBound(to: T.self)[place] }
        return switch dtype {
        case .float32: .number(Double(read(Float.self)))
        case .float64: .number(read(Double.self))
        case .int32: .int(Int(read(Int32.self)))
        case .int64: .int(Int(read(Int64.self)))
        case .uint8: .int(Int(read(UInt8.self)))
        case .int8: .int(Int(read(Int8.self)))
        case .bool: .flag(read(Bool.self))
        }
    }
}

/// The one format of all shown elements: whole numbers, four digits, or powers of ten with four digits.
///
/// Powers of ten are used when some number is 10^6 or larger or, not being zero, below 10^-4: four digits would not
/// show it.
struct ElementFormat {
    private enum Style { case whole, fixed, scientific }
    private let style: Style
    /// Characters of the widest element.
    let width: Int

    init(_ elements: [Element]) {
        let sizes = elements.compactMap { element -> Double? in
            if case .number(let number) = element, number.isFinite { abs(number) } else { nil }
        }
        let smallest = sizes.filter { $0 > 0 }.min() ?? 1, largest = sizes.max() ?? 0
        if sizes.allSatisfy({ $0 == $0.rounded() }) {
            style = largest < 1e8 ? .whole : .scientific
        } else {
            style = largest >= 1e6 || smallest < 1e-4 ? .scientific : .fixed
        }
        let style = style
        width = elements.map { Self.text($0, style).count }.max() ?? 0
    }

    /// The element in the shared format and width.
    func text(_ element: Element) -> String { Self.text(element, style).padded(to: width) }

    private static func text(_ element: Element, _ style: Style) -> String {
        switch element {
        case .int(let int): "\(int)"
        case .flag(let flag): "\(flag)"
        case .number(let number):
            switch style {
            case .whole: fixedText(number, 0)
            case .fixed: fixedText(number, 4)
            case .scientific: scientificText(number, 4)
            }
        }
    }
}
