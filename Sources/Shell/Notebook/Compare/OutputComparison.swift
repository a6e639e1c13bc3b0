import Kernel

/// Compares what a cell put out in two runs, and says where and by how much that differs.
struct OutputComparison {
    let expect: Expectation
    let tolerance: Tolerance
    /// The bytes of a form of the first and of the second run; nil when they are not there.
    let blobs: (old: (RunRecord.Medium) -> [UInt8]?, new: (RunRecord.Medium) -> [UInt8]?)
    /// A line for each difference, the first ones.
    private(set) var lines: [String] = []
    /// How many there are beyond those.
    private(set) var more = 0
    static let most = 20

    init(
        _ expect: Expectation, _ tolerance: Tolerance,
        old: @escaping (RunRecord.Medium) -> [UInt8]?, new: @escaping (RunRecord.Medium) -> [UInt8]?
    ) {
        (self.expect, self.tolerance, blobs) = (expect, tolerance, (old, new))
    }

    mutating func compare(_ old: [RunRecord.Output], _ new: [RunRecord.Output]) {
        guard expect != .none else { return }
        let (old, new) = (RunRecord.compared(old), RunRecord.compared(new))
        for (place, pair) in zip(old, new).enumerated() { compare(pair.0, pair.1, "output \(place + 1)") }
        if old.count != new.count { add("\(count(old.count)) -> \(count(new.count))") }
    }

    private func count(_ outputs: Int) -> String { "\(outputs) output\(outputs == 1 ? "" : "s")" }

    private mutating func compare(_ old: RunRecord.Output, _ new: RunRecord.Output, _ place: String) {
        switch (old, new) {
        case (.stream(_, let old), .stream(_, let new)): compare(text: old, new, place)
        case (.value(let old), .value(let new)): compare(old, new, place)
        case (.error(_, let old), .error(_, let new)):
            let (old, new) = (withoutPlace(old), withoutPlace(new))
            if old != new, expect == .exact || expect == .approx { add("\(place): \(cut(old)) -> \(cut(new))") }
        default: add("\(place): \(kind(old)) -> \(kind(new))")
        }
    }

    private func kind(_ output: RunRecord.Output) -> String {
        switch output {
        case .stream: "text"
        case .value: "a value"
        case .error(_, let message): "the error \(cut(withoutPlace(message)))"
        }
    }

    private mutating func add(_ line: String) {
        if lines.count < Self.most { lines.append(line) } else { more += 1 }
    }

    private func cut(_ text: String) -> String { quoted(text, limit: 60) }

    // MARK: text

    private mutating func compare(text old: String, _ new: String, _ place: String) {
        let (a, b) = (
            old.split(separator: "\n", omittingEmptySubsequences: false),
            new.split(separator: "\n", omittingEmptySubsequences: false)
        )
        if a.count != b.count {
            add("\(place): \(a.count - 1) lines -> \(b.count - 1) lines")
            if expect == .shape || expect == .stat { return }
        }
        if expect == .shape || expect == .stat { return }
        for (number, pair) in zip(a, b).enumerated() where pair.0 != pair.1 {
            let path = "\(place), line \(number + 1)"
            if expect == .approx, let words = NumberedText.pairs(pair.0, pair.1) {
                for (old, new) in words where !tolerance.allows(old, new) {
                    add("\(path): \(tolerance.difference(old, new))")
                }
            } else {
                add("\(path): \(cut(String(pair.0))) -> \(cut(String(pair.1)))")
            }
        }
    }

    // MARK: values

    private mutating func compare(_ old: RunRecord.ShownValue, _ new: RunRecord.ShownValue, _ place: String) {
        let before = lines.count + more
        if isTensor(old.value), isTensor(new.value) {
            compareTensors(old, new, place)
        } else {
            compare(old.value, new.value, place + ": ", "")
        }
        guard expect == .exact, lines.count + more == before else { return }
        let pixels = { (value: RunRecord.ShownValue) in value.media.filter { $0.type == "image/png" }.map(\.sha256) }
        if pixels(old) != pixels(new) { add("\(place): the picture is another one") }
    }

    private func isTensor(_ value: JSON) -> Bool { value["type"] == .text("Tensor") && value["sha256"] != nil }

    /// - Parameters:
    ///   - head: what stands before the path.
    ///   - path: `rows[3].accuracy`.
    private mutating func compare(_ old: JSON, _ new: JSON, _ head: String, _ path: String) {
        let place = head + (path.isEmpty ? "" : path + ": ")
        switch (old, new) {
        case (.int, .int), (.int, .number), (.number, .int), (.number, .number):
            compare(number: old, new, place)
        case (.text(let old), .text(let new)): compare(word: old, new, place)
        case (.list(let a), .list(let b)): compare(list: a, b, head, path)
        case (.object(let a), .object(let b)): compare(object: a, b, head, path)
        case (.flag, .flag), (.null, .null):
            if old != new, expect != .shape { add("\(place)\(old) -> \(new)") }
        default: add("\(place)\(shortened(old.description, to: 40)) -> \(shortened(new.description, to: 40))")
        }
    }

    private mutating func compare(number old: JSON, _ new: JSON, _ place: String) {
        if expect == .shape { return }
        if case .int(let a) = old, case .int(let b) = new, a == b { return }
        let (a, b) = (old.double ?? .nan, new.double ?? .nan)
        if !tolerance.allows(a, b) { add(place + tolerance.difference(a, b)) }
    }

    private mutating func compare(word old: String, _ new: String, _ place: String) {
        if old == new || expect == .shape || expect == .stat { return }
        let (a, b) = (
            old.split(separator: "\n", omittingEmptySubsequences: false),
            new.split(separator: "\n", omittingEmptySubsequences: false)
        )
        if expect == .approx, a.count == b.count {
            let words = zip(a, b).map { $0 == $1 ? [] : NumberedText.pairs($0, $1) }
            if words.allSatisfy({ $0 != nil }) {
                for (old, new) in words.joined(orEmpty: []) where !tolerance.allows(old, new) {
                    add(place + tolerance.difference(old, new))
                }
                return
            }
        }
        add("\(place)\(cut(old)) -> \(cut(new))")
    }

    private mutating func compare(list a: [JSON], _ b: [JSON], _ head: String, _ path: String) {
        let place = head + (path.isEmpty ? "" : path + ": ")
        if a.count != b.count { return add("\(place)\(a.count) elements -> \(b.count) elements") }
        let numbers = (a.compactMap(\.double), b.compactMap(\.double))
        if expect == .stat, a.count > 1, numbers.0.count == a.count, numbers.1.count == b.count {
            let (old, new) = (Moments(numbers.0), Moments(numbers.1))
            return compare(moments: old, new, head, path)
        }
        for (place, pair) in zip(a, b).enumerated() { compare(pair.0, pair.1, head, "\(path)[\(place + 1)]") }
    }

    private mutating func compare(moments old: Moments, _ new: Moments, _ head: String, _ path: String) {
        let name = { (part: String) in head + (path.isEmpty ? part : "\(path): \(part)") + ": " }
        if !tolerance.allows(old.mean, new.mean) { add(name("mean") + tolerance.difference(old.mean, new.mean)) }
        if !tolerance.allows(old.deviation, new.deviation) {
            add(name("deviation") + tolerance.difference(old.deviation, new.deviation))
        }
    }

    private mutating func compare(object a: [JSON.Field], _ b: [JSON.Field], _ head: String, _ path: String) {
        for field in a {
            let name = path.isEmpty ? field.name : "\(path).\(field.name)"
            if let other = b.first(where: { $0.name == field.name }) {
                compare(field.value, other.value, head, name)
            } else {
                add("\(head)\(name): is gone")
            }
        }
        for field in b where !a.contains(where: { $0.name == field.name }) {
            add("\(head)\(path.isEmpty ? field.name : "\(path).\(field.name)"): is new")
        }
    }
}

/// Mean and deviation of numbers.
struct Moments: Equatable {
    let mean: Double, deviation: Double

    init(_ numbers: [Double]) {
        let count = Double(numbers.count), mean = numbers.reduce(0, +) / count
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        (self.mean, deviation) = (mean, numbers.count > 1 ? (squares / (count - 1)).squareRoot() : 0)
    }
    init(mean: Double, deviation: Double) { (self.mean, self.deviation) = (mean, deviation) }
}

extension [[(Double, Double)]?] {
    fileprivate func joined(orEmpty: [(Double, Double)]) -> [(Double, Double)] { flatMap { $0 ?? orEmpty } }
}

// MARK: - Tensors

extension OutputComparison {
    private mutating func compareTensors(_ a: RunRecord.ShownValue, _ b: RunRecord.ShownValue, _ place: String) {
        let (old, new) = (a.value, b.value)
        for name in ["dtype", "shape"] where old[name] != new[name] {
            return add("\(place): \(name): \(old[name] ?? .null) -> \(new[name] ?? .null)")
        }
        if expect == .shape || old["sha256"] == new["sha256"] { return }
        if expect == .stat { return compareMoments(old, new, place) }
        let type = "application/x-npy"
        if let x = a.media.first(where: { $0.type == type }).flatMap(blobs.old),
            let y = b.media.first(where: { $0.type == type }).flatMap(blobs.new),
            let x = try? NumPy.tensor(from: x, name: "old"), let y = try? NumPy.tensor(from: y, name: "new"),
            let x = try? x.array(Double.self), let y = try? y.array(Double.self), x.count == y.count
        {
            return compareElements(x, y, old["shape"]?.list?.compactMap(\.int) ?? [], place)
        }
        if expect == .exact { add("\(place): elements differ") }
        for name in ["minimum", "maximum", "mean", "deviation"] {
            if let x = old[name]?.double, let y = new[name]?.double, !tolerance.allows(x, y) {
                add("\(place): \(name): \(tolerance.difference(x, y))")
            }
        }
    }

    private mutating func compareMoments(_ old: JSON, _ new: JSON, _ place: String) {
        for name in ["mean", "deviation"] {
            if let x = old[name]?.double, let y = new[name]?.double, !tolerance.allows(x, y) {
                add("\(place): \(name): \(tolerance.difference(x, y))")
            }
        }
    }

    private mutating func compareElements(_ x: [Double], _ y: [Double], _ shape: [Int], _ place: String) {
        let apart = x.indices.filter { !tolerance.allows(x[$0], y[$0]) }
        let distance = { (place: Int) in abs(y[place] - x[place]).isNaN ? Double.infinity : abs(y[place] - x[place]) }
        guard let worst = apart.max(by: { distance($0) < distance($1) }) else { return }
        let count = "\(apart.count) of \(x.count) elements differ"
        add("\(place): \(count); most at \(position(worst, shape)): \(tolerance.difference(x[worst], y[worst]))")
    }

    /// `[2, 3]`, from 1.
    private func position(_ place: Int, _ shape: [Int]) -> String {
        var rest = place, parts: [String] = []
        for size in shape.reversed() {
            parts.insert("\(rest % max(1, size) + 1)", at: 0)
            rest /= max(1, size)
        }
        return "[" + parts.joined(separator: ", ") + "]"
    }
}
