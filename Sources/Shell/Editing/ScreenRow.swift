import CPrompt

/// What stands in one place of the terminal: a character, the marks that join it, and its colours.
struct ScreenCell: Equatable {
    var text: String
    /// Columns: 1, or 2 for wide characters.
    var width: Int
    var style: TextStyle
}

/// One row of the terminal.
struct ScreenRow: Equatable {
    var cells: [ScreenCell] = []
    /// Columns in use.
    var width = 0
    /// Whether the next row goes on with the same line.
    var isWrapped = false

    mutating func append(_ cell: ScreenCell) {
        cells.append(cell)
        width += cell.width
    }
}

/// How text at the prompt looks. Each is a colour of the terminal's own palette, which fits its background.
enum TextStyle: String {
    case plain = ""
    case prompt = "1;32"
    case keyword = "35"
    case string = "32"
    case number = "36"
    case dim = "2"
    case strong = "1"
    case inverse = "7"

    /// The sequence that switches it on, from any other.
    var sequence: String { self == .plain ? "\u{1b}[m" : "\u{1b}[0;\(rawValue)m" }
}

/// Cuts text into rows of a width: characters of two columns, marks of none, tabs, and control characters as `^C`.
struct RowFiller {
    private(set) var rows = [ScreenRow()]
    private let columns: Int
    /// Where tab stops are counted from.
    var tabOrigin = 0
    private var column = 0
    /// A sequence that moves nothing, to go out with the next character.
    private var silent = ""

    init(columns: Int) { self.columns = max(2, columns) }

    /// Where the next character of a width goes.
    mutating func place(width: Int = 1) -> (row: Int, column: Int) {
        if column + width > columns { wrap() }
        return (rows.count - 1, column)
    }

    /// Where a character will stand.
    mutating func place(before scalar: Unicode.Scalar) -> (row: Int, column: Int) {
        place(width: scalar.isASCII ? 1 : max(1, Int(prompt_character_width(scalar.value))))
    }

    private mutating func wrap() {
        rows[rows.count - 1].isWrapped = true
        rows.append(ScreenRow())
        column = 0
    }

    private mutating func put(_ text: String, width: Int, _ style: TextStyle) {
        _ = place(width: width)
        rows[rows.count - 1].append(ScreenCell(text: silent + text, width: width, style: style))
        silent = ""
        column += width
    }

    /// Adds a character of the text.
    mutating func add(_ scalar: Unicode.Scalar, _ style: TextStyle) {
        if scalar == "\t" {
            let tab = max(1, 8 - max(0, column - tabOrigin) % 8)
            for _ in 0..<tab { put(" ", width: 1, style) }
        } else if scalar.value < 0x20 || scalar.value == 0x7f {
            put("^", width: 1, style)
            put(String(UnicodeScalar(UInt8(scalar.value) ^ 0x40)), width: 1, style)
        } else if scalar.isASCII {
            put(String(scalar), width: 1, style)
        } else {
            addWide(scalar, style)
        }
    }

    private mutating func addWide(_ scalar: Unicode.Scalar, _ style: TextStyle) {
        let width = Int(prompt_character_width(scalar.value))
        if width > 0 {
            put(String(scalar), width: width, style)
        } else if width == 0, let last = rows[rows.count - 1].cells.indices.last {
            rows[rows.count - 1].cells[last].text.unicodeScalars.append(scalar)
        } else {
            put("\u{fffd}", width: 1, style)
        }
    }

    /// Adds text in which what stands between `\u{1}` and `\u{2}` takes no room, as readline has it in prompts.
    mutating func add(_ text: String, _ style: TextStyle) {
        var isSilent = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\u{1}": isSilent = true
            case "\u{2}": isSilent = false
            default: isSilent ? silent.unicodeScalars.append(scalar) : add(scalar, style)
            }
        }
    }
}

/// The scalar that begins at the index and its length; a byte that begins none is shown as U+FFFD.
func scalar(in bytes: UnsafeRawBufferPointer, at index: Int) -> (Unicode.Scalar, Int) {
    let first = bytes[index]
    if first < 0x80 { return (Unicode.Scalar(first), 1) }
    let length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
    guard first >= 0xc2, first < 0xf5, index + length <= bytes.count else { return ("\u{fffd}", 1) }
    var value = UInt32(first) & (0x7f >> UInt32(length))
    for offset in 1..<length {
        guard bytes[index + offset] & 0xc0 == 0x80 else { return ("\u{fffd}", 1) }
        value = value << 6 | UInt32(bytes[index + offset] & 0x3f)
    }
    return (Unicode.Scalar(value) ?? "\u{fffd}", length)
}
