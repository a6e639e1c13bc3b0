import Kernel

/// Text of strangers made harmless and honest: what would act on a terminal, reorder a line or hide in it becomes a
/// visible sign. Line ends and tabs stay, and so do the joiners that scripts and pictographs need.
///
/// Pages and `assay view` show what was there; `VisibleText` takes it out of what programs print while they run.
/// `␛` stands for the escape character, `⟨U+202E⟩` for what has no picture of its own.
func visibleText(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { sign(for: $0) != nil }) else { return text }
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        if let sign = sign(for: scalar) { out.append(contentsOf: sign.unicodeScalars) } else { out.append(scalar) }
    }
    return String(out)
}

/// The same on one line, cut to so many columns: for titles, names and everything else that has one place.
func visibleLine(_ text: String, columns: Int = 400) -> String {
    let line = text.unicodeScalars.map { ["\n", "\t", "\r", "\u{2028}", "\u{2029}"].contains($0) ? " " : $0 }
    return clipped(visibleText(String(String.UnicodeScalarView(line))), to: columns)
}

/// The same with the lines kept, at most 40 of them.
func visibleLines(_ text: String, columns: Int = 4000) -> String {
    let lines = text.split(separator: "\n", maxSplits: 40, omittingEmptySubsequences: false)
    return lines.count > 40
        ? visibleLines(lines.prefix(39).joined(separator: "\n") + "\n…", columns: columns)
        : clipped(visibleText(text), to: columns)
}

/// What a stream holds, as a page or another terminal shows it: colours are dropped, the rest is made visible.
func visibleStream(_ text: String) -> String {
    let ended = text.contains("\r\n") ? text.split(separator: "\r\n", omittingEmptySubsequences: false) : [text[...]]
    return visibleText(withoutColours(ended.joined(separator: "\n")))
}

private func sign(for scalar: Unicode.Scalar) -> String? {
    switch scalar.value {
    case 0x09, 0x0A, 0x20...0x7E: return nil
    case 0..<0x20: return String(Unicode.Scalar(0x2400 + scalar.value)!)
    case 0x7F: return "␡"
    case 0x80..<0xA0: return notation(scalar)
    case 0x200C, 0x200D: return nil
    default:
        switch scalar.properties.generalCategory {
        case .format, .lineSeparator, .paragraphSeparator, .control: return notation(scalar)
        default: return nil
        }
    }
}

private func notation(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "⟨U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + "⟩"
}

/// Without sequences `ESC [ ... m`, which only colour what follows.
private func withoutColours(_ text: String) -> String {
    guard text.unicodeScalars.contains("\u{1b}") else { return text }
    var out = String.UnicodeScalarView(), rest = Substring(text).unicodeScalars
    while let first = rest.first {
        if first == "\u{1b}", let length = colourLength(rest) {
            rest = rest.dropFirst(length)
        } else {
            out.append(first)
            rest = rest.dropFirst()
        }
    }
    return String(out)
}

private func colourLength(_ text: Substring.UnicodeScalarView) -> Int? {
    var length = 1
    for scalar in text.dropFirst().prefix(40) {
        length += 1
        if length == 2 { guard scalar == "[" else { return nil }; continue }
        if scalar == "m" { return length }
        guard ("0"..."9").contains(scalar) || scalar == ";" || scalar == ":" else { return nil }
    }
    return nil
}
