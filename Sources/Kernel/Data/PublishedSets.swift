// Data sets that others have published, read from the files as they are distributed.

extension DataCatalog {
    static let published: [Recipe<TrainTest>] = [fashionMNIST, mnist, cifar10, cifar100]

    private static let dir = Parameter<String?>("dir", nil, "folder of the files")

    static let fashionMNIST = Recipe(
        "data", "fashion_mnist", "60,000 and 10,000 grey images 28x28 of clothes in 10 classes",
        source: "Xiao, Rasul, Vollgraf 2017, arXiv 1708.07747 (Zalando SE, MIT licence)",
        example: "data.load(\"fashion-mnist\")", dir
    ) { dir in
        let folder = DataFolder(
            name: "fashion-mnist", variable: "ASSAY_FASHION_MNIST", installed: ["/usr/share/datasets/fashion-mnist"],
            advice: "Install the package dataset-fashion-mnist (apt-get install dataset-fashion-mnist).",
            files: idxFiles)
        let classes = [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ]
        return try idx(folder, dir, classes)
    }

    static let mnist = Recipe(
        "data", "mnist", "60,000 and 10,000 grey images 28x28 of handwritten digits",
        source: "LeCun, Cortes, Burges, the MNIST database (CC BY-SA 3.0)",
        example: "data.load(\"mnist\", {dir = \"mnist\"})", dir
    ) { dir in
        let folder = DataFolder(
            name: "mnist", variable: "ASSAY_MNIST",
            advice: "Put the four IDX files, gzipped or not, into one folder.", files: idxFiles)
        return try idx(folder, dir, (0...9).map(String.init))
    }

    /// Train images and labels, test images and labels. Some archives unpack to a dot before `idx`.
    private static let idxFiles: [[String]] = [
        ("train-images", "idx3"), ("train-labels", "idx1"), ("t10k-images", "idx3"), ("t10k-labels", "idx1"),
    ].map { stem, kind in
        ["\(stem)-\(kind)-ubyte.gz", "\(stem)-\(kind)-ubyte", "\(stem).\(kind)-ubyte.gz", "\(stem).\(kind)-ubyte"]
    }

    private static func idx(_ folder: DataFolder, _ dir: String?, _ classes: [String]) throws -> TrainTest {
        let paths = try folder.find(dir)
        func part(_ images: String, _ labels: String, _ split: String) throws -> Dataset {
            let pixels = try IDX.read(images, axes: 3)
            let numbers = try IDX.read(labels, axes: 1).array(UInt8.self).map(Int.init)
            let table = try Dataset.Table(
                images: pixels.withShape([pixels.shape[0], 1] + pixels.shape[1...]), labels: numbers,
                classNames: classes)
            return Dataset(table, name: "\(folder.name)/\(split)")
        }
        return TrainTest(train: try part(paths[0], paths[1], "train"), test: try part(paths[2], paths[3], "test"))
    }
}

// MARK: - CIFAR

extension DataCatalog {
    static let cifar10 = Recipe(
        "data", "cifar10", "50,000 and 10,000 colour images 32x32 in 10 classes",
        source: "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
        example: "data.load(\"cifar10\", {dir = \"cifar-10-batches-bin\"})", dir
    ) { dir in
        let files = (1...5).map { ["data_batch_\($0).bin"] } + [["test_batch.bin"]]
        let folder = DataFolder(
            name: "cifar10", variable: "ASSAY_CIFAR10",
            advice: "Unpack cifar-10-binary.tar.gz from the CIFAR page of the University of Toronto.", files: files)
        let classes = [
            "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
        ]
        let paths = try folder.find(dir)
        return TrainTest(
            train: try cifar(Array(paths[..<5]), labelBytes: 1, label: 0, classes, "cifar10/train"),
            test: try cifar([paths[5]], labelBytes: 1, label: 0, classes, "cifar10/test"))
    }

    /// Which of CIFAR-100's two labels.
    public enum CIFARLabels: String, Choice { case fine, coarse }

    static let cifar100 = Recipe(
        "data", "cifar100", "50,000 and 10,000 colour images 32x32 in 100 classes, or 20 coarse ones",
        source: "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
        example: "data.load(\"cifar100\", {dir = \"cifar-100-binary\"})", dir,
        Parameter<CIFARLabels>("labels", .fine, "100 fine or 20 coarse classes")
    ) { dir, labels in
        let folder = DataFolder(
            name: "cifar100", variable: "ASSAY_CIFAR100",
            advice: "Unpack cifar-100-binary.tar.gz from the CIFAR page of the University of Toronto.",
            files: [["train.bin"], ["test.bin"], ["\(labels.rawValue)_label_names.txt"]])
        let paths = try folder.find(dir)
        let names = String(decoding: try Files.read(paths[2], limit: 1 << 20), as: UTF8.self)
        let classes = names.split(whereSeparator: \.isNewline).map(String.init)
        let place = labels == .coarse ? 0 : 1
        return TrainTest(
            train: try cifar([paths[0]], labelBytes: 2, label: place, classes, "cifar100/train"),
            test: try cifar([paths[1]], labelBytes: 2, label: place, classes, "cifar100/test"))
    }

    /// Records of label bytes and 3 planes of 32 x 32 bytes, row-major.
    static func cifar(_ paths: [String], labelBytes: Int, label: Int, _ classes: [String], _ name: String) throws
        -> Dataset
    {
        let pixels = 3 * 32 * 32, record = labelBytes + pixels
        let files = try paths.map { path in
            let bytes = try Files.read(path, limit: 1 << 30)
            guard bytes.count % record == 0 else {
                throw KernelError.file(path: path, reason: "is not a whole number of records of \(record) bytes")
            }
            return bytes
        }
        let count = files.reduce(0) { $0 + $1.count / record }
        var labels: [Int] = []
        let images = try Tensor([count, 3, 32, 32], .uint8, op: "cifar") { target in
            for file in files {
                file.withUnsafeBytes { bytes in
                    for start in stride(from: 0, to: bytes.count, by: record) {
                        let row = UnsafeMutableRawBufferPointer(
                            rebasing: target[(labels.count * pixels)...].prefix(pixels))
                        row.copyMemory(from: .init(rebasing: bytes[start + labelBytes..<start + record]))
                        labels.append(Int(bytes[start + label]))
                    }
                }
                try Interrupt.check()
            }
        }
        return Dataset(try .init(images: images, labels: labels, classNames: classes), name: name)
    }
}
