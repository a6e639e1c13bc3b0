import TestSupport
import Testing

@testable import Kernel

@Suite struct SafeTensorsTests {
    @Test("what is written reads back: names, shapes, elements of every type, metadata")
    func roundTrip() throws {
        try withFolder { folder in
            let path = "\(folder)/model.safetensors"
            let floats = try Tensor([1.5, -2, .infinity, 0.1, 5, 6] as [Float], [2, 3])
            let entries: [(name: String, tensor: Tensor)] = [
                ("weight", floats), ("flags", try Tensor([true, false, true])), ("empty", try .zeros([0, 4])),
                ("doubles", try Tensor([0.1, 1e-300])), ("longs", try Tensor([Int64.min, .max])),
                ("bytes", try Tensor([UInt8(0), 255])), ("scalar", try .scalar(7)),
            ]
            try SafeTensors.write(path, tensors: entries, metadata: [("format", "assay"), ("text", "a \"b\"\n\u{1}ü")])
            let file = try SafeTensors.read(path)
            #expect(file.metadata.map(\.name) == ["format", "text"])
            #expect(file[metadata: "text"] == "a \"b\"\n\u{1}ü")
            for (name, tensor) in entries {
                let back = try #require(file[name])
                #expect(back.type == tensor.type)
                #expect(try back.array(Double.self) == tensor.array(Double.self))
            }
            #expect(listing(folder) == ["model.safetensors"])
        }
    }

    @Test("a strided view is written in row-major order")
    func strided() throws {
        try withFolder { folder in
            let x = try Tensor((0..<6).map(Float.init), [2, 3])
            try SafeTensors.write("\(folder)/x", tensors: [("x", x.view([3, 2], strides: [1, 3], offset: 0))])
            #expect(try SafeTensors.read("\(folder)/x")["x"]?.array(Float.self) == [0, 3, 1, 4, 2, 5])
        }
    }

    /// A file of the given header and data, without writing it.
    func parse(_ header: String, _ data: [UInt8] = []) throws -> SafeTensors {
        let file = littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
        return try file.withUnsafeBytes { try SafeTensors(parsing: $0, "f") }
    }

    @Test("half precision is widened exactly")
    func half() throws {
        let words: [UInt16] = [0x3C00, 0xC000, 0x0001, 0x7BFF, 0x7C00, 0x3555]
        let header = #"{"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]}}  "#
        let h = try #require(try parse(header, words.flatMap(littleEndian))["h"])
        #expect(try h.array(Float.self) == [1, -2, 0x1p-24, 65504, .infinity, 0.333251953125])
    }

    @Test("every broken rule is named")
    func broken() throws {
        func text(_ header: String, _ data: [UInt8] = []) -> String { errorText { _ = try parse(header, data) } }
        let entry = #""a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}"#
        #expect(text("{\(entry)}", [1, 2]) == "no error")
        #expect(text("[]") == "f: not a safetensors file: the header does not begin with {")
        #expect(text(" {}") == "f: not a safetensors file: the header does not begin with {")
        #expect(text("{\(entry)}", [1]).hasSuffix("\"a\" leave a hole, overlap or lie outside the file"))
        #expect(text("{\(entry)}", [1, 2, 3]) == "f: not a safetensors file: 1 bytes belong to no tensor")
        #expect(text("{\(entry),\(entry)}", [1, 2]).contains("duplicate object key"))
        let hole = #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#
        #expect(text(hole, [1, 2]).contains("leave a hole"))
        let wide = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,2]}}"#
        #expect(text(wide, [1, 2]) == "f: not a safetensors file: \"a\" has 2 bytes for the shape [2] of F32")
        let huge = #"{"a":{"dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#
        #expect(text(huge).contains("too many elements"))
        #expect(text(#"{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#, [1]).contains("is not supported"))
        #expect(text(#"{"a":{"dtype":"U8","shape":[1.0],"data_offsets":[0,1]}}"#, [1]).contains("malformed"))
        #expect(text(#"{"__metadata__":{"a":1}}"#).contains("a value that is no string: \"a\""))
        let short = [UInt8](repeating: 255, count: 8)
        #expect(
            errorText { _ = try short.withUnsafeBytes { try SafeTensors(parsing: $0, "f") } }
                == "f: not a safetensors file: a header of 18446744073709551615 bytes")
    }

    @Test("a file that cannot be written says why and leaves nothing behind")
    func unwritable() throws {
        try withFolder { folder in
            let x = try Tensor.scalar(1)
            #expect(
                errorText { try SafeTensors.write("\(folder)/no/x", tensors: [("x", x)]) }
                    == "\(folder)/no/x: no such file or directory")
            #expect(
                errorText { try SafeTensors.write(folder, tensors: [("x", x)]) } == "\(folder): is not a regular file")
            #expect(
                errorText { try SafeTensors.write("\(folder)/x", tensors: [("x", x), ("x", x)]) }
                    == "\(folder)/x: the name \"x\" is given twice")
            #expect(listing(folder).isEmpty)
        }
    }
}
