import Testing

@testable import Kernel

@Suite struct SignatureTests {
    static func info(_ name: String, list: Bool = false, variadic: Bool = false) -> ParameterInfo {
        ParameterInfo(name: name, doc: "", takesList: list, variadic: variadic) { .init(type: "any") }
    }
    let conv = Signature("nn.conv2d", [info("inputs"), info("outputs"), info("kernel")])
    let zeros = Signature("tensor.zeros", [info("shape", list: true, variadic: true), info("dtype")])

    func text(_ values: [Value?]) -> [String] { values.map { $0?.literal ?? "-" } }

    @Test("arguments bind by position, by name and both")
    func binding() throws {
        let options = Value.table(.init(list: [.int(1), .int(32)], named: [("kernel", .int(3))]))
        #expect(text(try conv.bind([options])) == ["1", "32", "3"])
        #expect(text(try conv.bind([.int(1), .int(2), .int(5)])) == ["1", "2", "5"])
        #expect(text(try conv.bind([.integers([1, 2])])) == ["1", "2", "-"])
        #expect(text(try conv.bind([.int(1), .table(.init(named: [("kernel", .int(3))]))])) == ["1", "-", "3"])
    }

    @Test("list parameters take a table whole and variadic ones gather plain arguments")
    func lists() throws {
        #expect(text(try zeros.bind([.int(2), .int(3)])) == ["{2, 3}", "-"])
        #expect(text(try zeros.bind([.integers([2, 3])])) == ["{2, 3}", "-"])
        let options = Value.table(.init(named: [("dtype", .text("int8"))]))
        #expect(text(try zeros.bind([.integers([2, 3]), options])) == ["{2, 3}", "\"int8\""])
        let mixed = Value.table(.init(list: [.int(2), .int(3)], named: [("dtype", .text("int8"))]))
        #expect(text(try zeros.bind([mixed])) == ["{2, 3}", "\"int8\""])
    }

    @Test("a call that does not fit says how")
    func errors() {
        func message(_ arguments: [Value]) -> String {
            do { _ = try conv.bind(arguments); return "no error" } catch { return "\(error)" }
        }
        #expect(
            message([.table(.init(named: [("kernal", .int(3))]))])
                == "nn.conv2d: unknown parameter 'kernal' (known: inputs, outputs, kernel); did you mean 'kernel'?")
        #expect(message(Array(repeating: .int(1), count: 4)) == "nn.conv2d: takes at most 3 arguments, got 4")
        #expect(
            message([.int(1), .table(.init(named: [("inputs", .int(3))]))])
                == "nn.conv2d: parameter 'inputs' is given twice")
    }
}
