import CKernels

// Data sets that are drawn: they need nothing installed. Example i depends on (seed, part, i) alone, so a larger set
// begins with the smaller one; labels go round, so every beginning is balanced.

extension DataCatalog {
    static let synthetic: [Recipe<TrainTest>] = [glyphs, blobs, moons, rings, gaussians]

    static let n = Parameter<Int>("n", 1000, "number of training examples", .within(0...100_000_000))
    static let test = Parameter<Int>("test", 1000, "number of test examples", .within(0...100_000_000))
    static let seed = Parameter<Int>("seed", 0, "what all examples are drawn from")
    private static let dims = Parameter<Int>("dims", 2, "number of coordinates", .within(1...1_000_000))
    private static func classes(_ count: Int) -> Parameter<Int> {
        Parameter("classes", count, "number of classes", .within(1...1000))
    }
    private static func noise(_ std: Double, _ doc: String = "standard deviation around the shape") -> Parameter<Double>
    {
        Parameter("noise", std, doc, .within(0...1e6))
    }

    static let blobs = Recipe(
        "data", "blobs", "clouds of points around centres that are uniform in [-4, 4] in every coordinate",
        example: "data.load(\"blobs\", {classes = 3, seed = 1})", n, test, seed, classes(3), dims,
        noise(1, "standard deviation around a centre")
    ) { n, test, seed, classes, dims, noise in
        let key = Key(seed: seed).fold("blobs")
        let centres = try Tensor.uniform([classes, dims], -4, 4, key: key.fold("centres")).array(Float.self)
        return try points("blobs", n, test, key, classes, dims, noise) { label, _, point in
            for j in point.indices { point[j] += centres[label * dims + j] }
        }
    }

    static let moons = Recipe(
        "data", "moons", "two half circles of radius 1 that reach into each other",
        source: "scikit-learn, make_moons", example: "data.load(\"moons\", {noise = 0.1})", n, test, seed, noise(0.1)
    ) { n, test, seed, noise in
        try points("moons", n, test, Key(seed: seed).fold("moons"), 2, 2, noise) { label, key, point in
            let angle = Float(key.uniform() * .pi)
            point[0] += label == 0 ? cosine(angle) : 1 - cosine(angle)
            point[1] += label == 0 ? sine(angle) : 0.5 - sine(angle)
        }
    }

    static let rings = Recipe(
        "data", "rings", "concentric circles of radius 1, 2, ...", example: "data.load(\"rings\", {classes = 3})", n,
        test, seed, classes(2), noise(0.1)
    ) { n, test, seed, classes, noise in
        try points("rings", n, test, Key(seed: seed).fold("rings"), classes, 2, noise) { label, key, point in
            let angle = Float(key.uniform() * 2 * .pi)
            point[0] += Float(label + 1) * cosine(angle)
            point[1] += Float(label + 1) * sine(angle)
        }
    }

    /// Unit Gaussians on a line: the Bayes error is exactly 2 (k - 1) / k Phi(-separation / 2), because an inner class
    /// loses a tail on both sides and the two outer ones on one: 2 classes at distance 2 give Phi(-1) = 0.1587.
    static let gaussians = Recipe(
        "data", "gaussians",
        "unit Gaussians with means on the diagonal, `separation` apart; the Bayes error 2(k-1)/k Phi(-separation/2) is known",
        example: "data.load(\"gaussians\", {dims = 100, separation = 3}).bayes_error", n, test, seed, classes(2), dims,
        Parameter<Double>("separation", 2, "distance between neighbouring means", .within(0...1e6))
    ) { n, test, seed, classes, dims, separation in
        let step = separation / Double(dims).squareRoot()
        let key = Key(seed: seed).fold("gaussians")
        let drawn = try points("gaussians", n, test, key, classes, dims, 1) { label, _, point in
            let mean = Float((Double(label) - Double(classes - 1) / 2) * step)
            for j in point.indices { point[j] += mean }
        }
        let k = Double(classes)
        drawn.bayesError = 2 * (k - 1) / k * Normal.cumulative(-separation / 2)
        return drawn
    }

    /// Draws both parts: every coordinate is normal around 0, then `place` moves the point to where its class is.
    private static func points(
        _ name: String, _ n: Int, _ test: Int, _ key: Key, _ classes: Int, _ dims: Int, _ noise: Double,
        place: (_ label: Int, _ key: Key, _ point: UnsafeMutableBufferPointer<Float>) -> Void
    ) throws -> TrainTest {
        func part(_ split: String, _ count: Int) throws -> Dataset {
            let key = key.fold(split)
            let table = try Tensor(empty: [count, dims], .float32, op: "data.\(name)")
            try table.write(Float.self) { all in
                for index in 0..<count {
                    if index % 1024 == 0 { try Interrupt.check() }
                    let own = key.fold(index)
                    let point = UnsafeMutableBufferPointer(rebasing: all[index * dims..<(index + 1) * dims])
                    ck_random_normal_f32(own.bits, 0, point.baseAddress, dims)
                    for j in point.indices { point[j] *= Float(noise) }
                    place(index % classes, own.fold("place"), point)
                }
            }
            let names = (0..<classes).map(String.init)
            let labels = (0..<count).map { $0 % classes }
            return Dataset(
                try .init(images: table, labels: labels, classNames: names, range: nil), name: "\(name)/\(split)")
        }
        return TrainTest(train: try part("train", n), test: try part("test", test))
    }
}
