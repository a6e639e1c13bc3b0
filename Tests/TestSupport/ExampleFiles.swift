import Glibc

/// Stand-ins for files that examples read and no test can have: data sets of a few examples, in the formats of the
/// originals.
public enum ExampleFiles {
    /// Writes MNIST, CIFAR-10 and CIFAR-100 of four images each into the folders that the examples name.
    public static func write(in folder: String) {
        for (name, files) in [("mnist", mnist), ("cifar-10-batches-bin", cifar10), ("cifar-100-binary", cifar100)] {
            mkdir("\(folder)/\(name)", 0o755)
            for (file, bytes) in files { put(bytes, "\(folder)/\(name)/\(file)") }
        }
    }

    /// Makes the glyphs stand for Fashion-MNIST, which has the same shapes and takes longer to read.
    public static let quickFashion = "fashion = data.load(\"glyphs\", {n = 200, test = 120, seed = 1})"

    private static let count = 4
    private static var mnist: [(String, [UInt8])] {
        var files: [(String, [UInt8])] = []
        for part in ["train", "t10k"] {
            let pixels = [UInt8](repeating: 7, count: count * 28 * 28)
            files.append(("\(part)-images-idx3-ubyte", header(3, [count, 28, 28]) + pixels))
            files.append(("\(part)-labels-idx1-ubyte", header(1, [count]) + [0, 1, 2, 3]))
        }
        return files
    }
    private static var cifar10: [(String, [UInt8])] {
        let names = (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"]
        return names.map { ($0, records(labels: 1)) }
    }
    private static var cifar100: [(String, [UInt8])] {
        let names = Array("apple\nbear\nbed\nbee\n".utf8), data = records(labels: 2)
        return [
            ("train.bin", data), ("test.bin", data), ("fine_label_names.txt", names), ("coarse_label_names.txt", names),
        ]
    }

    private static func records(labels: Int) -> [UInt8] {
        (0..<count).flatMap { index in
            [UInt8](repeating: UInt8(index), count: labels) + [UInt8](repeating: 9, count: 3 * 32 * 32)
        }
    }
    /// Of an IDX file of bytes.
    private static func header(_ axes: UInt8, _ sizes: [Int]) -> [UInt8] {
        [0, 0, 8, axes] + sizes.flatMap { [0, 0, UInt8($0 >> 8), UInt8($0 & 255)] }
    }
    private static func put(_ bytes: [UInt8], _ path: String) {
        guard let stream = fopen(path, "w") else { return }
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
    }
}
