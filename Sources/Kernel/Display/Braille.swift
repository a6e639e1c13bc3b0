/// A field of dots, two by four in every character: braille patterns, or with ASCII one sign per character.
///
/// U+2800 + bits: 1 8 / 2 16 / 4 32 / 64 128 from the top left dot to the bottom right one.
struct Braille {
    let columns: Int, lines: Int
    private var bits: [UInt8]
    /// Who drew last in each character: the number of a series, -1 for nobody.
    private var owners: [Int]
    private var fill: [Bool]
    /// Characters that stand in place of dots.
    private var marks: [Int: Character] = [:]

    init(columns: Int, lines: Int) {
        (self.columns, self.lines) = (columns, lines)
        bits = [UInt8](repeating: 0, count: columns * lines)
        owners = [Int](repeating: -1, count: columns * lines)
        fill = [Bool](repeating: false, count: columns * lines)
    }

    var width: Int { 2 * columns }
    var height: Int { 4 * lines }

    /// Sets a dot, counted from the top left one; outside nothing happens.
    mutating func set(_ x: Int, _ y: Int, owner: Int = 0) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let place = y / 4 * columns + x / 2
        let row = y % 4
        bits[place] |= row < 3 ? 1 << UInt8(row + 3 * (x % 2)) : 0x40 << UInt8(x % 2)
        owners[place] = owner
        fill[place] = false
    }

    /// Puts a character in the place of a dot.
    mutating func put(_ character: Character, _ x: Int, _ y: Int, owner: Int) {
        set(x, y, owner: owner)
        if (0..<width).contains(x), (0..<height).contains(y) { marks[y / 4 * columns + x / 2] = character }
    }

    /// Sets a dot where nobody has drawn: for what lies behind curves.
    mutating func setBehind(_ x: Int, _ y: Int, owner: Int) {
        guard (0..<width).contains(x), (0..<height).contains(y) else { return }
        let place = y / 4 * columns + x / 2
        guard owners[place] == -1 || fill[place] && owners[place] == owner else { return }
        set(x, y, owner: owner)
        fill[place] = true
    }

    /// A line between two dots, or every other part of it.
    mutating func line(from a: (x: Int, y: Int), to b: (x: Int, y: Int), owner: Int = 0, dashed: Bool = false) {
        let steps = max(abs(b.x - a.x), abs(b.y - a.y))
        for step in 0...max(0, steps) where !dashed || (a.x + (b.x - a.x) * step / max(1, steps)) / 3 % 2 == 0 {
            let share = steps == 0 ? 0 : Double(step) / Double(steps)
            set(
                a.x + Int((share * Double(b.x - a.x)).rounded()), a.y + Int((share * Double(b.y - a.y)).rounded()),
                owner: owner)
        }
    }

    /// One line of characters; `paint` gets the text of each run with one owner, and the owner.
    func text(_ line: Int, isUnicode: Bool, signs: [Character], _ paint: (String, Int) -> String) -> String {
        var out = "", run = "", owner = -1
        for place in line * columns..<(line + 1) * columns {
            if owners[place] != owner, owners[place] >= 0, !run.isEmpty || owner < 0 {
                out += owner < 0 ? run : paint(run, owner)
                (run, owner) = ("", owners[place])
            }
            run.append(character(place, isUnicode, signs))
        }
        return out + (owner < 0 ? run : paint(run, owner))
    }

    private func character(_ place: Int, _ isUnicode: Bool, _ signs: [Character]) -> Character {
        guard bits[place] != 0 else { return " " }
        if let mark = marks[place] { return mark }
        if isUnicode { return Character(Unicode.Scalar(0x2800 + UInt32(bits[place]))!) }
        return fill[place] ? "." : signs[max(0, owners[place]) % signs.count]
    }
}
