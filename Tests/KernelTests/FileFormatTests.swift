import Foundation
import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite struct FileFormatTests {
    @Test("IDX reads what it wrote, gzipped or not", arguments: ["x-idx", "x-idx.gz"])
    func idx(_ name: String) throws {
        try withFolder { folder in
            let x = try Tensor((0..<24).map { UInt8($0 * 10) }, [4, 3, 2])
            try IDX.write("\(folder)/\(name)", x)
            let bytes = try Files.read("\(folder)/\(name)")
            #expect(bytes.starts(with: name.hasSuffix("gz") ? [0x1F, 0x8B] : [0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 3]))
            let back = try IDX.read("\(folder)/\(name)", axes: 3)
            #expect(back.shape == [4, 3, 2])
            #expect(try back.array(UInt8.self) == x.array(UInt8.self))
        }
    }

    @Test("a damaged IDX file is an error that says what is wrong")
    func brokenIDX() throws {
        try withFolder { folder in
            let path = "\(folder)/x"
            func text(_ bytes: [UInt8]) throws -> String {
                try AtomicFile.write(path) { try $0.append(bytes) }
                return errorText { _ = try IDX.read(path, axes: 1) }.replacing(path, with: "x")
            }
            #expect(try text([]) == "x: is cut off")
            #expect(try text([1, 0, 8, 1, 0, 0, 0, 1, 7]) == "x: is not an IDX file")
            #expect(
                try text([0, 0, 13, 1, 0, 0, 0, 0]) == "x: has IDX elements of type 13; unsigned bytes (8) expected")
            #expect(try text([0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0]) == "x: has 2 axes, 1 expected")
            #expect(try text([0, 0, 8, 1, 0, 0, 0, 2, 7]) == "x: is cut off")
            #expect(try text([0, 0, 8, 1, 255, 255, 255, 255, 7]) == "x: is cut off")
            #expect(try text([0, 0, 8, 1, 0, 0, 0, 1, 7, 7]) == "x: is longer than its header says ([1])")
            #expect(try text([0, 0, 8, 1, 0, 0, 0, 1, 7]) == "no error")
            let whole: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 1, 7]
            let deflater = try Deflater(.gzip)
            var zipped: [UInt8] = []
            try whole.withUnsafeBytes { try deflater.add($0) { zipped += $0 } }
            try deflater.finish { zipped += $0 }
            #expect(try text(Array(zipped.dropLast(12))) == "x: is cut off")
            #expect(
                try text([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255]) == "x: the compressed data is damaged")
        }
    }

    @Test("an interrupt after the last byte leaves the file that was there, and nothing beside it")
    func interruptedFlush() throws {
        try withFolder { folder in
            try AtomicFile.write("\(folder)/a", text: "old")
            defer { Interrupt.clear() }
            #expect(throws: Interrupted.self) {
                try AtomicFile.write("\(folder)/a") { file in
                    try file.append(Array("new".utf8))
                    Interrupt.request()
                }
            }
            Interrupt.clear()
            #expect(try Files.read("\(folder)/a") == Array("old".utf8))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
        }
    }

    /// A folder in the layout of MNIST with 2 train and 1 test images of 28 x 28.
    func writeMNIST(_ folder: String) throws {
        for (name, count) in [("train", 2), ("t10k", 1)] {
            try IDX.write("\(folder)/\(name)-images-idx3-ubyte.gz", .full([count, 28, 28], 51, .uint8))
            try IDX.write("\(folder)/\(name)-labels-idx1-ubyte", .full([count], 9, .uint8))
        }
    }

    @Test("MNIST is read from a named folder")
    func mnist() throws {
        try withFolder { folder in
            try writeMNIST(folder)
            let data = try DataCatalog.recipe("mnist").build([.text(folder)])
            #expect(data.description == "mnist: 2 train and 1 test examples [1, 28, 28], 10 classes")
            #expect(data.record.description == "data.mnist{dir = \"\(folder)\"}")
            #expect(try data.test.images().array(Float.self) == [Float](repeating: 0.2, count: 784))
        }
    }

    @Test("a missing data set says what is missing and what to do")
    func missing() throws {
        try withFolder { folder in
            #expect(
                errorText { _ = try DataCatalog.recipe("mnist").build([.text(folder)]) }
                    == "data.load(\"mnist\"): \(folder) lacks train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, "
                    + "t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz. Put the four IDX files, gzipped or not, "
                    + "into one folder.")
            try writeMNIST(folder)
            unlink("\(folder)/t10k-labels-idx1-ubyte")
            #expect(
                errorText { _ = try DataCatalog.recipe("mnist").build([.text(folder)]) }
                    == "data.load(\"mnist\"): \(folder) lacks t10k-labels-idx1-ubyte.gz. Put the four IDX files, "
                    + "gzipped or not, into one folder.")
            #expect(
                errorText { _ = try DataCatalog.recipe("cifar10").build([.text("\(folder)/no")]) }
                    == "data.load(\"cifar10\"): found in none of \(folder)/no. Unpack cifar-10-binary.tar.gz from the "
                    + "CIFAR page of the University of Toronto. The files are data_batch_1.bin, data_batch_2.bin, "
                    + "data_batch_3.bin, data_batch_4.bin, data_batch_5.bin, test_batch.bin; their folder is named by "
                    + "dir = \"...\" or by the environment variable ASSAY_CIFAR10")
            #expect(
                errorText { _ = try DataCatalog.recipe("mnits") }.hasSuffix("got \"mnits\"; did you mean \"mnist\"?)"))
        }
    }

    @Test("CIFAR records become planes of 32 x 32")
    func cifar() throws {
        try withFolder { folder in
            let record = { (label: UInt8) in [label] + (0..<3072).map { UInt8($0 / 1024 * 100) } }
            try AtomicFile.write("\(folder)/a") { try $0.append(record(3) + record(1)) }
            let names = (0..<10).map(String.init)
            let data = try DataCatalog.cifar(["\(folder)/a"], labelBytes: 1, label: 0, names, "cifar10/train")
            #expect(try data.labels().array(Int64.self) == [3, 1])
            let planes = try data.images([1]).array(Float.self)
            #expect([planes[0], planes[1024], planes[3071]] == [0, 100 / 255, 200 / 255])
            try AtomicFile.write("\(folder)/a") { try $0.append(record(3) + [1]) }
            #expect(throws: KernelError.self) {
                try DataCatalog.cifar(["\(folder)/a"], labelBytes: 1, label: 0, names, "cifar10/train")
            }
        }
    }

    @Test(
        "Fashion-MNIST of the system package is what was published",
        .enabled(if: Files.isDirectory("/usr/share/datasets/fashion-mnist")))
    func fashion() throws {
        let data = try DataCatalog.recipe("fashion-mnist").build()
        #expect(data.description == "fashion-mnist: 60000 train and 10000 test examples [1, 28, 28], 10 classes")
        #expect(data.train.classCounts == [Int](repeating: 6000, count: 10))
        #expect(data.test.classCounts == [Int](repeating: 1000, count: 10))
        #expect(data.test.label(0) == 9)
        #expect(data.train.table.images.bytes == 47_040_000)
    }
}
