// How many columns a terminal gives to a text: two for East Asian wide characters and pictographs, none for marks that
// stand on the character before them and for escape sequences.

/// The columns of one line of text; `ESC [ ... m` takes none.
public func columnCount(_ text: some StringProtocol) -> Int {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
    var columns = 0, isEscape = false
    for scalar in text.unicodeScalars {
        if isEscape {
            isEscape = !(scalar.value >= 0x40 && scalar.value < 0x7F && scalar != "[")
        } else if scalar.value == 0x1B {
            isEscape = true
        } else {
            columns += columnCount(scalar)
        }
    }
    return columns
}

/// The text cut to so many columns, ended by `…` (or `.`) when something is missing. Escape sequences are kept.
public func clipped(_ text: String, to columns: Int, mark: String = "…") -> String {
    guard columnCount(text) > columns else { return text }
    let room = max(0, columns - columnCount(mark))
    var taken = 0, out = String.UnicodeScalarView(), isEscape = false, isStyled = false
    for scalar in text.unicodeScalars {
        if isEscape {
            isEscape = !(scalar.value >= 0x40 && scalar.value < 0x7F && scalar != "[")
        } else if scalar.value == 0x1B {
            (isEscape, isStyled) = (true, true)
        } else {
            taken += columnCount(scalar)
            if taken > room { break }
        }
        out.append(scalar)
    }
    return String(out) + mark + (isStyled ? "\u{1b}[0m" : "")
}

/// The text with lines that are too long broken at spaces; what follows stands below the last column of such a line, or
/// two columns in.
public func broken(_ text: String, at columns: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
        columnCount(line) <= columns ? [String(line)] : pieces(String(line), columns)
    }.joined(separator: "\n")
}

private func pieces(_ line: String, _ columns: Int) -> [String] {
    var words = line.split(separator: " ", omittingEmptySubsequences: false)[...]
    var lines: [String] = [], current = ""
    let indent = String(repeating: " ", count: hangingIndent(line, atMost: columns / 2))
    while let word = words.popFirst() {
        let longer = current + word
        if columnCount(longer) > columns, current.contains(where: { $0 != " " }) {
            lines.append(trimmedRight(current))
            current = indent + word
        } else {
            current = longer
        }
        if !words.isEmpty { current += " " }
    }
    return lines + [current]
}

/// Where the last column of a line begins: after two spaces, in the first half.
private func hangingIndent(_ line: String, atMost most: Int) -> Int {
    let characters = Array(line.prefix(most))
    let starts = characters.indices.dropFirst(2).filter {
        characters[$0] != " " && characters[$0 - 1] == " " && characters[$0 - 2] == " "
    }
    return starts.last ?? 2
}

private func columnCount(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x20 || (0x7F..<0xA0).contains(value) { return 0 }
    if value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control: return 0
    default: return wide.contains { $0.contains(value) } ? 2 : 1
    }
}

/// East Asian Width W and F, by blocks (Unicode 15, UAX 11), and pictographs.
private let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x231A...0x231B, 0x2329...0x232A, 0x23E9...0x23EC, 0x25FD...0x25FE, 0x2614...0x2615,
    0x2648...0x2653, 0x26AA...0x26AB, 0x26BD...0x26BE, 0x2705...0x2705, 0x270A...0x270B, 0x2728...0x2728,
    0x274C...0x274C, 0x2753...0x2755, 0x2795...0x2797, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
    0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
    0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF, 0x1FA70...0x1FAFF, 0x20000...0x3FFFD,
]
