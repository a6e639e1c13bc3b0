/// Adversarial examples to look at: each as the input, the perturbation made visible, and the final point.
public struct Gallery: ObjectParameter, Shown {
    public static var typeName: String { "Gallery" }

    public struct Entry: Sendable {
        /// The example's place in the run, from 0.
        public var place: Int
        public var outcome: Outcome
        /// One example each.
        public var original: Tensor, adversarial: Tensor
    }

    public let entries: [Entry]
    /// What perturbations are multiplied with before they are shown around mid-grey.
    public let factor: Double
    /// `attack.pgd`.
    public let attack: String
    public let norm: Norm
    public let classNames: [String]
}

extension AttackResult {
    /// The first examples that were classified correctly and broken, and when there are too few, the others.
    /// - Throws: `KernelError.state` when there is nothing to show.
    public func gallery(count: Int) throws -> Gallery {
        let broken = outcomes.indices.filter { outcomes[$0].isCleanCorrect && outcomes[$0].success }
        let others = outcomes.indices.lazy.filter { !(self.outcomes[$0].isCleanCorrect && self.outcomes[$0].success) }
        let places = Array(broken.prefix(max(0, count))) + Array(others.prefix(max(0, count - broken.count)))
        guard let examples, !places.isEmpty else {
            throw KernelError.state(op: "AttackResult:gallery", reason: "the result has no examples to show")
        }
        let originals = try examples.batch(places).x.converted(to: .float32)
        let finals = try adversarial.gatherRows(places)
        let entries = try places.enumerated().map { row, place in
            Gallery.Entry(
                place: place, outcome: outcomes[place], original: try originals.select(0, row),
                adversarial: try finals.select(0, row))
        }
        let largest = places.map { outcomes[$0].distances.linf }.filter(\.isFinite).max() ?? 0
        return Gallery(
            entries: entries, factor: amplification(largest), attack: attack.name, norm: attack.ball.norm,
            classNames: examples.classNames)
    }
}

/// The largest of 1, 2, 5, 10, 20, ... that keeps a change within half the range of brightness.
private func amplification(_ change: Double) -> Double {
    guard change > 0 else { return 1 }
    var best = 1.0
    for step in [1.0, 2, 5, 10, 20, 50, 100, 200, 500, 1000] where step * change <= 0.5 { best = step }
    return best
}

extension Gallery {
    /// Original, perturbation and final point of each entry, in this order.
    public func grid(_ isUnicode: Bool) throws -> PictureGrid {
        let names = LabelText(classNames, isUnicode: isUnicode)
        let cells = try entries.flatMap { entry -> [PictureGrid.Cell] in
            let o = entry.outcome, size = Ball.size(o.distances, norm)
            let times = "\(isUnicode ? "δ ×" : "delta x")\(numberText(factor))"
            return [
                .init(
                    try picture(entry.original),
                    [names.caption(o.label, prediction: o.clean), .init("example \(entry.place + 1)")].compactMap { $0 }
                ),
                .init(
                    try picture(perturbation(entry)), [.init(times), .init("\(norm.rawValue) \(fixedText(size, 4))")]),
                .init(
                    try picture(entry.adversarial),
                    [names.caption(o.label, prediction: o.final), .init(o.success ? "step \(o.step)" : "robust")]
                        .compactMap { $0 }),
            ]
        }
        return PictureGrid(cells, group: 3)
    }

    /// The difference, multiplied, around mid-grey.
    private func perturbation(_ entry: Entry) throws -> Tensor {
        let (from, to) = (try entry.original.array(Double.self), try entry.adversarial.array(Double.self))
        return try Tensor(zip(from, to).map { min(1, max(0, 0.5 + factor * ($1 - $0))) }, entry.original.shape)
    }

    /// Clipped to 0 ... 1, so that brightness means the same in all three pictures.
    private func picture(_ x: Tensor) throws -> Picture {
        try Picture(Tensor(x.array(Double.self).map { min(1, max(0, $0)) }, x.shape))
    }

    public func shown(on screen: Screen, _ graphics: Screen.Graphics) throws -> String {
        try shown(on: screen, graphics, columns: nil)
    }
    public func shown(on screen: Screen, _ graphics: Screen.Graphics, columns: Int?) throws -> String {
        var grid = try grid(screen.isUnicode)
        grid.columns = columns
        return try title + "\n" + grid.text(on: screen, graphics)
    }

    /// Writes the pictures, without their captions, as a PNG: a row per entry.
    public func save(_ path: String) throws {
        guard path.hasSuffix(".png") else {
            throw KernelError.file(path: path, reason: "a gallery is saved as .png")
        }
        let bytes = try grid(false).canvas(columns: 3, width: 168, gap: 12).png()
        try AtomicFile.write(path) { try $0.append(bytes) }
    }

    private var title: String {
        let broken = entries.count { $0.outcome.isCleanCorrect && $0.outcome.success }
        return "\(attack): \(broken) of \(entries.count) examples broken; original, perturbation, final point"
    }
}

extension Gallery: CustomStringConvertible {
    public var description: String { "Gallery of \(title); :show(), :save(path)" }
}
