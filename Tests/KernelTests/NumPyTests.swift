import TestSupport
import Testing

@testable import Kernel

@Suite struct NumPyTests {
    static let tensors: [(name: String, tensor: Tensor)] = [
        ("f", try! Tensor([1.5, -2, 0, 4, 5, 6] as [Float], [2, 3])), ("d", try! Tensor([0.1, .infinity])),
        ("i", try! Tensor([Int64.min, 7])), ("j", try! Tensor([Int32.min, 7], [2, 1])),
        ("b", try! Tensor([true, false])), ("u", try! Tensor([UInt8(0), 255])), ("s", try! .scalar(3)),
        ("e", try! .zeros([0, 2])), ("c", try! Tensor([Int8(-128), 127])),
    ]

    func npy(_ header: String, _ data: [UInt8] = [], version: UInt8 = 1) throws -> Tensor {
        let length = version == 1 ? littleEndian(UInt16(header.utf8.count)) : littleEndian(UInt32(header.utf8.count))
        let file = [0x93] + Array("NUMPY".utf8) + [version, 0] + length + Array(header.utf8) + data
        return try file.withUnsafeBytes { try NumPy.parse($0, "f") }
    }

    @Test("npy reads what it wrote", arguments: tensors.map(\.name))
    func roundTrip(_ name: String) throws {
        let x = Self.tensors.first { $0.name == name }!.tensor
        try withFolder { folder in
            try NumPy.write("\(folder)/x.npy", x)
            let bytes = try Files.read("\(folder)/x.npy")
            #expect((bytes.count - x.bytes) % 64 == 0)
            let back = try NumPy.read("\(folder)/x.npy")
            #expect(back.type == x.type)
            #expect(try back.array(Double.self) == x.array(Double.self))
        }
    }

    @Test("column-major, big-endian and half-precision arrays, and versions 1 to 3")
    func variants() throws {
        let data: [UInt8] = [1, 2, 3, 4, 5, 6]
        let f = try npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", data)
        #expect(try f.array(UInt8.self) == [1, 3, 5, 2, 4, 6])
        let b = try npy("{\"shape\": (3,), \"fortran_order\": False, \"descr\": \">i2\"}\n", data, version: 2)
        #expect(try b.array(Int32.self) == [0x0102, 0x0304, 0x0506])
        let h = try npy("{'descr': '<f2', 'fortran_order': False, 'shape': (1,)}", [0, 0x3C], version: 3)
        #expect(try h.array(Float.self) == [1])
        let s = try npy("{'descr': '<f8', 'fortran_order': False, 'shape': (), }", [UInt8](repeating: 0, count: 8))
        #expect(s.shape == [])
    }

    @Test("what is not an array of numbers is refused with the reason")
    func refused() {
        func text(_ header: String, _ data: [UInt8] = [], version: UInt8 = 1) -> String {
            String(
                errorText { _ = try npy(header, data, version: version) }.dropFirst(
                    "f: not a readable npy file: ".count))
        }
        #expect(
            text("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", [1])
                == "it holds Python objects, which are not loaded because that could run code")
        #expect(
            text("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}")
                == "structured element types are not supported")
        #expect(
            text("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}")
                == "the element type \"<c8\" is not supported")
        #expect(
            text("{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", [1, 2])
                == "2 bytes for the shape [3] of <f4")
        #expect(text("{'descr': '<f4', 'fortran_order': False}") == "the header lacks a field")
        #expect(text("{'descr': '<f4", version: 1) == "a string in the header is not closed")
        #expect(text("{'x': 1}") == "unknown header field \"x\"")
        #expect(text("{'descr': '<f4', 'fortran_order': 1, 'shape': ()}") == "True or False expected for fortran_order")
        #expect(text("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}") == "a size expected in the shape")
        #expect(
            text("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999)}").contains(
                "too many elements"))
        #expect(text("{}", version: 9) == "version 9.0")
    }

    @Test("npz reads what it wrote, stored and deflated", arguments: [false, true])
    func archive(_ compress: Bool) throws {
        try withFolder { folder in
            let path = "\(folder)/x.npz"
            try NumPyArchive.write(path, Self.tensors + [("zeros", .zeros([100, 100]))], compress: compress)
            let back = try NumPyArchive.read(path)
            #expect(back.map(\.name) == Self.tensors.map(\.name) + ["zeros"])
            for (a, b) in zip(Self.tensors, back) {
                #expect(
                    try a.tensor.type == b.tensor.type && a.tensor.array(Double.self) == b.tensor.array(Double.self))
            }
            #expect((try Files.read(path).count < 10_000) == compress)
        }
    }

    @Test("every cut and every flipped byte of an archive is an error or harmless, never a crash")
    func damaged() throws {
        try withFolder { folder in
            let path = "\(folder)/x.npz"
            try NumPyArchive.write(path, [("a", try Tensor([1, 2, 3] as [Float]))], compress: true)
            let whole = try Files.read(path)
            for cut in 0..<whole.count {
                #expect(throws: KernelError.self) { _ = try parse(Array(whole[..<cut])) }
            }
            for place in whole.indices {
                for bit in [1, 16, 128] as [UInt8] {
                    var bytes = whole
                    bytes[place] ^= bit
                    _ = try? parse(bytes)
                }
            }
        }
    }
    func parse(_ bytes: [UInt8]) throws -> Int {
        try bytes.withUnsafeBytes { raw in
            try ZipArchive(raw, "f").members.map { try $0.contents(raw, "f").count }.reduce(0, +)
        }
    }

    @Test("the file's name tells the format")
    func names() throws {
        try withFolder { folder in
            let x = try Tensor([1, 2] as [Float])
            try TensorFiles.write("\(folder)/x.npy", .one(x))
            try TensorFiles.write("\(folder)/x.safetensors", .named([("x", x)], metadata: [("a", "b")]))
            guard case .named(let tensors, let metadata) = try TensorFiles.read("\(folder)/x.safetensors") else {
                return #expect(Bool(false))
            }
            #expect(tensors.count == 1 && metadata[0].value == "b")
            #expect(
                errorText { try TensorFiles.write("x.txt", .one(x)) }
                    == "x.txt: the format is told by the file's name: data writes .npy, .npz, .safetensors and IDX "
                    + "files (-ubyte, -ubyte.gz)")
            #expect(
                errorText { try TensorFiles.write("x.npz", .one(x)) }
                    == "x.npz: holds tensors by name; pass a table such as {x = t}")
        }
    }
}
