import CKernels
import Synchronization

/// Labelled examples: images in [0, 1], N x C x H x W, or points, N x D.
///
/// A data set is a choice of rows of a table that is held once: taking, shuffling and splitting copy no example. Images
/// stay the bytes of their file (60,000 of 28 x 28 cost 47 MB, not 188) and become float32, value / 255, batch by batch.
public final class Dataset: @unchecked Sendable, ObjectParameter, TypeNamed {
    public static var typeName: String { "Dataset" }

    /// The table that the rows are chosen from: uint8 or float32 images and one label a row.
    public final class Table: @unchecked Sendable {
        let images: Tensor
        let labels: [Int]
        /// Names of the classes; labels are 0 ..< count.
        let classNames: [String]
        /// The values that inputs may take: 0...1 for images, nil for points without limits.
        let range: ClosedRange<Double>?

        /// - Throws: `KernelError` when counts differ, a label is out of range, or the elements are of another type.
        public init(images: Tensor, labels: [Int], classNames: [String], range: ClosedRange<Double>? = 0...1) throws {
            guard images.dtype == .uint8 || images.dtype == .float32 else {
                throw KernelError.dtype(op: "dataset", got: [images.dtype], expected: "uint8 or float32")
            }
            guard images.rank >= 2, images.shape[0] == labels.count else {
                throw KernelError.shape(
                    op: "dataset", shapes: [images.shape, [labels.count]], reason: "one label per example expected")
            }
            if let bad = labels.first(where: { $0 < 0 || $0 >= classNames.count }) {
                throw KernelError.value(
                    op: "dataset", name: "labels", expected: "labels 0...\(classNames.count - 1)", got: "label \(bad)")
            }
            self.images = try images.detached().laidOut()
            (self.labels, self.classNames, self.range) = (labels, classNames, range)
        }
    }

    public let table: Table
    /// Rows of the table, in this order; nil for all of them.
    private let rows: [Int]?
    /// `fashion-mnist/test`, then every step that was taken: `head(1000)`, `shuffle(seed = 7)`.
    public let provenance: [String]
    private let digestCache = Mutex<String?>(nil)

    public convenience init(_ table: Table, name: String) { self.init(table, provenance: [name]) }
    init(_ table: Table, provenance: [String]) { (self.table, rows, self.provenance) = (table, nil, provenance) }
    private init(_ table: Table, rows: [Int], provenance: [String]) {
        (self.table, self.rows, self.provenance) = (table, rows, provenance)
    }

    /// Number of examples.
    public var count: Int { rows?.count ?? table.labels.count }
    /// The shape of one example: `[1, 28, 28]`.
    public var exampleShape: [Int] { Array(table.images.shape.dropFirst()) }
    public var classNames: [String] { table.classNames }
    /// The values that inputs may take; nil when there is no limit.
    public var range: ClosedRange<Double>? { table.range }
    /// The data set alone: `fashion-mnist`.
    public var name: String { String(provenance[0].prefix { $0 != "/" }) }
    /// `train`, `test`, or empty.
    public var split: String { String(provenance[0].drop { $0 != "/" }.dropFirst()) }
    /// The whole way: `fashion-mnist/test:head(1000)`.
    public var source: String { provenance.joined(separator: ":") }

    /// Bytes of the choice itself, without the table.
    var rowBytes: Int { (rows?.count ?? 0) * MemoryLayout<Int>.stride }

    /// The table's row of an example.
    func row(_ index: Int) -> Int { rows?[index] ?? index }

    /// The chosen examples, in the given order, one step further along the provenance.
    func choosing(_ indices: [Int], _ step: String) -> Dataset {
        Dataset(table, rows: indices.map { row($0) }, provenance: provenance + [step])
    }
}

// MARK: - Examples as tensors

extension Dataset {
    /// The label of one example.
    public func label(_ index: Int) -> Int { table.labels[row(index)] }

    /// Images float32, n x the example's shape, and labels int64, n, of the given examples (counted from 0).
    public func batch(_ indices: some Collection<Int>) throws -> (images: Tensor, labels: Tensor) {
        (try images(indices), try labels(indices))
    }

    /// All images as one float32 tensor.
    public func images() throws -> Tensor { try images(0..<count) }
    /// All labels as one int64 tensor.
    public func labels() throws -> Tensor { try labels(0..<count) }

    public func images(_ indices: some Collection<Int>) throws -> Tensor {
        let width = exampleShape.reduce(1, *)
        MemoryPool.makeRoom(for: indices.count * width * MemoryLayout<Float>.size)
        let result = try Tensor(empty: [indices.count] + exampleShape, .float32, op: "images")
        try result.write(Float.self) { out in
            try copyRows(indices, width, into: out)
        }
        return result
    }

    private func copyRows(_ indices: some Collection<Int>, _ width: Int, into out: UnsafeMutableBufferPointer<Float>)
        throws
    {
        guard width > 0, let target = out.baseAddress else { return }
        if table.images.dtype == .uint8 {
            try table.images.read(UInt8.self) { pixels in
                var place = 0, coming = indices.makeIterator()
                for _ in 0..<ahead { fetch(coming.next(), width, pixels) }
                for index in indices {
                    if place % 4096 == 0 { try Interrupt.check() }
                    fetch(coming.next(), width, pixels)
                    ck_bytes_to_unit_f32(pixels.baseAddress! + row(index) * width, width, target + place * width)
                    place += 1
                }
            }
        } else {
            try table.images.read(Float.self) { values in
                for (place, index) in indices.enumerated() {
                    if place % 4096 == 0 { try Interrupt.check() }
                    (target + place * width).update(from: values.baseAddress! + row(index) * width, count: width)
                }
            }
        }
    }

    /// Examples that are asked of memory before their turn: a shuffled batch is scattered over the whole table.
    private var ahead: Int { 3 }
    private func fetch(_ index: Int?, _ width: Int, _ pixels: UnsafeBufferPointer<UInt8>) {
        if let index { ck_fetch(pixels.baseAddress! + row(index) * width, width) }
    }

    public func labels(_ indices: some Collection<Int>) throws -> Tensor {
        try Tensor(indices.map { Int64(label($0)) }, [indices.count])
    }
}

// MARK: - Identity

extension Dataset {
    /// SHA-256 over type and shape, the bytes of the images and the labels (int64), in this order; computed once.
    public func digest() throws -> String {
        if let known = digestCache.withLock({ $0 }) { return known }
        var digest = Digest()
        try digest.add("\(table.images.dtype.name) \(shapeText([count] + exampleShape))\n")
        let width = exampleShape.reduce(table.images.dtype.size, *)
        try table.images.readBytes { bytes in
            if rows == nil { return try digest.add(bytes) }
            for index in 0..<count {
                try digest.add(.init(rebasing: bytes[row(index) * width..<(row(index) + 1) * width]))
            }
        }
        try (0..<count).map { Int64(label($0)) }.withUnsafeBytes { try digest.add($0) }
        let text = digest.finish()
        digestCache.withLock { $0 = text }
        return text
    }
}

extension Dataset: CustomStringConvertible {
    /// `Dataset fashion-mnist/test: 10000 examples [1, 28, 28] of uint8, 10 classes`.
    public var description: String {
        "Dataset \(source): \(count) examples \(shapeText(exampleShape)) of \(table.images.dtype.name), "
            + "\(classNames.count) classes"
    }
}
