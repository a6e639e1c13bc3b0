import Kernel
import TestSupport
import Testing

@testable import Shell

@Suite struct ParameterTests {
    @Test("values are read by the type of the default")
    func typed() throws {
        let table: [(word: String, standard: Value, literal: String)] = [
            ("3", .int(1), "3"), ("0.5", .number(1), "0.5"), ("8/255", .number(0), "\(8.0 / 255)"),
            ("2", .number(0.5), "2"),
            ("true", .flag(false), "true"), ("a=b", .text(""), "\"a=b\""), ("1,2, 3", .integers([0]), "{1, 2, 3}"),
            ("[0.5, 1]", .numbers([1]), "{0.5, 1}"), ("x,y", .list([.text("a")]), "{\"x\", \"y\"}"),
            ("", .list([.text("a")]), "{}"), ("1,x", .list([]), "{1, \"x\"}"),
        ]
        for (word, standard, literal) in table {
            #expect(try NamedParameter("p", .word(word)).value(like: standard).literal == literal, "\(word)")
        }
    }

    @Test("a value that does not fit is an error that names the type")
    func wrong() {
        let table: [(word: String, standard: Value, error: String)] = [
            ("2.5", .int(1), "parameter p: whole number expected, got '2.5'"),
            ("x", .number(1), "parameter p: number expected, got 'x'"),
            ("1/0", .number(1), "parameter p: number expected, got '1/0'"),
            ("yes", .flag(true), "parameter p: true or false expected, got 'yes'"),
            ("1,x", .integers([1]), "parameter p: list of whole numbers expected, got '1,x'"),
            (
                "1", .table(.init(named: [("a", .int(1))])),
                "parameter p: its default is a table, which cannot be replaced"
            ),
        ]
        for (word, standard, error) in table {
            #expect(errorText { _ = try NamedParameter("p", .word(word)).value(like: standard) } == error)
        }
        #expect(errorText { _ = try NamedParameter(word: "eps") } == "-p takes name=value, got 'eps'")
        #expect(errorText { _ = try NamedParameter(word: "=1") } == "-p takes name=value, got '=1'")
        #expect(
            "\(NamedParameter.unknown("epz", among: ["eps", "steps"]))" == "no parameter 'epz'; did you mean 'eps'?")
        #expect(
            "\(NamedParameter.unknown("q", among: ["eps", "steps"]))" == "no parameter 'q'; the notebook has eps, steps"
        )
        #expect("\(NamedParameter.unknown("q", among: []))" == "no parameter 'q'; the notebook has none")
    }

    private func grid(_ text: String, _ fixed: NamedParameter...) throws -> [(label: String, parameters: String)] {
        try ParameterGrid(JSON(parsing: text), fixed: fixed).runs.map { run in
            (run.label, run.parameters.map { "\($0.name)=\($0.value.text)" }.joined(separator: " "))
        }
    }

    @Test("an object is a run, lists in it a run for each combination, a list of objects those of each")
    func combinations() throws {
        let one = try grid(#"{"eps": 0.1, "steps": 3}"#)
        #expect(one.map(\.label) == [""] && one.map(\.parameters) == ["eps=0.1 steps=3"])
        let four = try grid(#"{"eps": [0.1, 0.2], "steps": [1, 2], "norm": "l2"}"#)
        #expect(four.map(\.label) == ["eps=0.1,steps=1", "eps=0.1,steps=2", "eps=0.2,steps=1", "eps=0.2,steps=2"])
        #expect(four[2].parameters == "eps=0.2 steps=1 norm=l2")
        let list = try grid(#"[{"eps": 1}, {"eps": [2, 3]}]"#)
        #expect(list.map(\.label) == ["eps=1", "eps=2", "eps=3"])
        #expect(try grid(#"{"sizes": [[1, 2]]}"#).map(\.parameters) == ["sizes=[1,2]"])
        let fixed = try grid(#"{"eps": [1, 2], "k": [3, 4]}"#, NamedParameter("eps", .word("9")))
        #expect(fixed.map(\.parameters).contains("eps=9 k=3"))
    }

    @Test("labels that no file can have are numbers, and what is no grid is refused")
    func labels() throws {
        #expect(try grid(#"{"path": ["a/b", "c"]}"#).map(\.label) == ["1", "path=c"])
        #expect(try grid(#"[{"a": 1}, {"a": 1}]"#).map(\.label) == ["1", "2"])
        let table = [
            ("3", "a file of parameters holds an object or a list of objects, got 3"),
            ("[[1]]", "a file of parameters holds an object or a list of objects, got a list"),
            ("[]", "the file of parameters asks for no run"), (#"{"a": []}"#, "the file of parameters asks for no run"),
        ]
        for (text, error) in table { #expect(errorText { _ = try grid(text) } == error) }
        let many =
            "{"
            + (0..<5).map { #""p\#($0)": [\#((0..<10).map(String.init).joined(separator: ","))]"# }.joined(
                separator: ",") + "}"
        #expect(errorText { _ = try grid(many) } == "a file of parameters asks for more than 10000 runs")
    }
}
