/// Lines of text with numbers in them, such as tables: compared number by number, the rest character by character.
enum NumberedText {
    /// The numbers of two lines side by side; nil when anything else differs than numbers and the space around them.
    static func pairs(_ a: some StringProtocol, _ b: some StringProtocol) -> [(Double, Double)]? {
        let (x, y) = (parts(a), parts(b))
        guard x.words == y.words, x.numbers.count == y.numbers.count else { return nil }
        return Array(zip(x.numbers, y.numbers))
    }

    /// The numbers, and what stands between them with runs of spaces made one.
    private static func parts(_ line: some StringProtocol) -> (words: [String], numbers: [Double]) {
        var words: [String] = [], numbers: [Double] = [], word = "", rest = Array(line)[...]
        while let character = rest.first {
            let mayBegin = word.last.map { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? true
            if mayBegin, let found = number(rest) {
                words.append(squeezed(word))
                numbers.append(found.value)
                word = ""
                rest = rest.dropFirst(found.count)
            } else {
                word.append(character)
                rest = rest.dropFirst()
            }
        }
        return (words + [squeezed(word)], numbers)
    }

    /// A number at the beginning: `-0.5`, `3`, `1e-05`, `nan`.
    private static func number(_ text: ArraySlice<Character>) -> (value: Double, count: Int)? {
        var count = 0
        func digits() -> Int {
            let found = text.dropFirst(count).prefix { $0.isASCII && $0.isNumber }.count
            count += found
            return found
        }
        if text.first == "-" || text.first == "+" { count += 1 }
        for name in ["nan", "inf"] where text.dropFirst(count).starts(with: name) {
            let end = text.dropFirst(count + 3).first
            if end?.isLetter != true { return (Double(String(text.prefix(count + 3))) ?? .nan, count + 3) }
        }
        var found = digits()
        let next = text.dropFirst(count).prefix(2)
        if next.first == ".", next.last?.isNumber == true {
            count += 1
            found += digits()
        }
        guard found > 0 else { return nil }
        let mantissa = count
        if let mark = text.dropFirst(count).first, mark == "e" || mark == "E" {
            count += 1
            if let sign = text.dropFirst(count).first, sign == "-" || sign == "+" { count += 1 }
            if digits() == 0 { count = mantissa }
        }
        return Double(String(text.prefix(count))).map { ($0, count) }
    }

    private static func squeezed(_ text: String) -> String {
        text.reduce(into: "") { out, character in
            if !(character == " " && out.last == " ") { out.append(character) }
        }
    }
}
