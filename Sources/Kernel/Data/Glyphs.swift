import CKernels

/// Digits drawn as strokes, each with its own slant, place, size, curvature, pen and noise.
///
/// A digit is a list of lines and arcs in the box [-1, 1] x [-1, 1] (y downwards). An example bends, shears, scales,
/// turns and shifts it, draws its strokes with soft edges by their distance, and adds noise to every pixel. The pixels
/// are rounded to bytes, as a camera's would be.
enum Glyphs {
    static let side = 28

    struct Stroke: Sendable {
        var points: [(x: Float, y: Float)]

        static func line(_ points: (x: Float, y: Float)...) -> Stroke { Stroke(points: points) }
        /// Part of an ellipse; angles in degrees, 0 to the right and 90 downwards.
        static func arc(_ x: Float, _ y: Float, _ width: Float, _ height: Float, _ from: Float, _ to: Float) -> Stroke {
            let steps = max(2, Int(abs(to - from) / 30))
            return Stroke(
                points: (0...steps).map { step in
                    let angle = (from + (to - from) * Float(step) / Float(steps)) * .pi / 180
                    return (x + width * cosine(angle), y + height * sine(angle))
                })
        }
    }

    static let digits: [[Stroke]] = [
        [.arc(0, 0, 0.58, 0.95, 0, 360)],
        [.line((-0.35, -0.55), (0.05, -0.95), (0.05, 0.95))],
        [.arc(0, -0.42, 0.55, 0.53, 190, 395), .line((0.45, -0.12), (-0.6, 0.95), (0.62, 0.95))],
        [.arc(-0.05, -0.47, 0.52, 0.48, 205, 450), .arc(-0.05, 0.47, 0.6, 0.48, 270, 515)],
        [.line((0.28, 0.95), (0.28, -0.95), (-0.62, 0.35), (0.65, 0.35))],
        [.line((0.5, -0.95), (-0.42, -0.95), (-0.48, -0.1)), .arc(-0.02, 0.36, 0.58, 0.59, 218, 510)],
        [.arc(0.75, 0.3, 1.27, 1.3, 182, 252), .arc(0, 0.42, 0.53, 0.53, 0, 360)],
        [.line((-0.58, -0.95), (0.58, -0.95), (-0.12, 0.95))],
        [.arc(0, -0.49, 0.44, 0.46, 0, 360), .arc(0, 0.46, 0.54, 0.49, 0, 360)],
        [.arc(0, -0.42, 0.52, 0.53, 0, 360), .arc(-0.75, -0.3, 1.27, 1.3, 2, 72)],
    ]

    /// How far an example strays, all of it scaled by `jitter`: the defaults below are for 1.
    struct Pose {
        var turn: Float, shear: Float, width: Float, height: Float, shiftX: Float, shiftY: Float
        var bend: (Float, Float, Float, Float), pen: Float

        init(_ key: Key, jitter: Float) {
            var draws = [Float](repeating: 0, count: 11)
            ck_random_uniform_f32(key.bits, 0, &draws, draws.count)
            let spread = draws.map { (2 * $0 - 1) * jitter }
            turn = spread[0] * 0.26  // 15 degrees
            shear = spread[1] * 0.3
            (width, height) = (8.6 * (1 + 0.22 * spread[2]), 8.6 * (1 + 0.18 * spread[3]))
            (shiftX, shiftY) = (spread[4] * 2.5, spread[5] * 2.5)
            bend = (spread[6] * 0.25, spread[7] * 0.25, spread[8] * 0.2, spread[9] * 0.2)
            pen = 1.2 + 0.6 * spread[10]
        }

        /// Where a point of the box falls, in pixels.
        func place(_ p: (x: Float, y: Float)) -> (x: Float, y: Float) {
            let x = p.x + bend.0 * (p.y * p.y - 0.4) + bend.1 * p.x * p.y
            let y = p.y + bend.2 * (p.x * p.x - 0.2) + bend.3 * p.x * p.y
            let (u, v) = (width * (x - shear * y), height * y)
            let centre = Float(side - 1) / 2
            return (
                centre + shiftX + u * cosine(turn) - v * sine(turn), centre + shiftY + u * sine(turn) + v * cosine(turn)
            )
        }
    }

    /// Draws one example into 28 x 28 bytes.
    static func draw(_ digit: Int, _ key: Key, noise: Float, jitter: Float, into out: UnsafeMutablePointer<UInt8>) {
        let pose = Pose(key.fold("pose"), jitter: jitter)
        var segments: [Float] = []
        for stroke in digits[digit] {
            let points = stroke.points.map(pose.place)
            for (a, b) in zip(points, points.dropFirst()) { segments += [a.x, a.y, b.x, b.y] }
        }
        let count = side * side
        withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * count) { scratch in
            let image = scratch.baseAddress!, grain = image + count
            ck_draw_strokes_f32(segments, segments.count / 4, max(0.3, pose.pen), side, image)
            ck_random_normal_f32(key.fold("noise").bits, 0, grain, count)
            ck_noisy_bytes(image, grain, noise, count, out)
        }
    }
}

extension DataCatalog {
    static let glyphs = Recipe(
        "data", "glyphs", "drawn digits 28x28 in 10 classes, each with its own slant, place, size, pen and noise",
        example: "data.load(\"glyphs\", {n = 2000, seed = 1})",
        Parameter<Int>("n", 20000, "number of training examples", .within(0...10_000_000)),
        Parameter<Int>("test", 5000, "number of test examples", .within(0...10_000_000)), seed,
        Parameter<Double>("noise", 0.1, "standard deviation added to every pixel", .within(0...10)),
        Parameter<Double>("jitter", 1, "how much the drawings differ; 0 draws one per class", .within(0...3))
    ) { n, test, seed, noise, jitter in
        let key = Key(seed: seed).fold("glyphs")
        func part(_ split: String, _ count: Int) throws -> Dataset {
            let key = key.fold(split), pixels = Glyphs.side * Glyphs.side
            let images = try Tensor(empty: [count, 1, Glyphs.side, Glyphs.side], .uint8, op: "data.glyphs")
            try images.write(UInt8.self) { out in
                nonisolated(unsafe) let start = out.baseAddress
                try Progress.track("drawing glyphs", total: count, unit: "images") { step in
                    for first in stride(from: 0, to: count, by: 8192) {
                        try step(first, "")
                        Workers.split(min(8192, count - first), grain: 64) { range in
                            guard let start else { return }
                            for index in range.lowerBound + first..<range.upperBound + first
                            where !Interrupt.isRequested {
                                Glyphs.draw(
                                    index % 10, key.fold(index), noise: Float(noise), jitter: Float(jitter),
                                    into: start + index * pixels)
                            }
                        }
                    }
                }
            }
            try Interrupt.check()
            let labels = (0..<count).map { $0 % 10 }
            let table = try Dataset.Table(images: images, labels: labels, classNames: (0...9).map(String.init))
            return Dataset(table, name: "glyphs/\(split)")
        }
        return TrainTest(train: try part("train", n), test: try part("test", test))
    }
}
