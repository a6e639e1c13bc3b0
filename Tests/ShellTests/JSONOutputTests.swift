import Kernel
import TestSupport
import Testing

/// `--json`: what a program reads that runs ours.
@Suite struct JSONOutputTests {
    private func values(_ chunk: String) throws -> [String] {
        let run = try Assay.run("--json", "-e", chunk)
        #expect(run.code == 0 && run.errors == "")
        return run.output.split(separator: "\n").map(String.init)
    }

    @Test("each returned value is a line of JSON on standard output")
    func plainValues() throws {
        #expect(try values("return 1 + 1") == [#"{"value":2}"#])
        #expect(
            try values(#"return 0.5, "a\"\n\1é", true, nil, {1, 2}, {1, x = {y = "z"}}, {}"#) == [
                #"{"value":0.5}"#, #"{"value":"a\"\n\u0001é"}"#, #"{"value":true}"#, #"{"value":null}"#,
                #"{"value":[1,2]}"#, #"{"value":{"1":1,"x":{"y":"z"}}}"#, #"{"value":[]}"#,
            ])
        #expect(try values("x = 1") == [])
    }

    @Test("what JSON has no number for is text")
    func notFinite() throws {
        #expect(
            try values("return 0/0, {1/0, -1/0}, tensor{0/0}") == [
                #"{"value":"nan"}"#, #"{"value":["inf","-inf"]}"#,
                #"{"value":{"type":"Tensor","dtype":"float32","shape":[1],"data":["nan"]}}"#,
            ])
    }

    @Test("what JSON has no form for is its type and its text")
    func others() throws {
        #expect(
            try values("return print, tensor.zeros") == Array(repeating: #"{"value":{"type":"function"}}"#, count: 2))
        let cycle = try values("local t = {} t.t = t return t, coroutine.create(print)")
        #expect(cycle[0] == #"{"value":{"type":"table","text":"{t = <cycle>}"}}"#)
        #expect(cycle[1].hasPrefix(#"{"value":{"type":"thread","text":"thread: 0x"#))
    }

    @Test("a tensor is its type, shape and data; a large one leaves its data out")
    func tensors() throws {
        #expect(
            try values("return tensor{{1, 2}, {3, 4}}, tensor.zeros{1001}") == [
                #"{"value":{"type":"Tensor","dtype":"int64","shape":[2,2],"data":[[1,2],[3,4]]}}"#,
                #"{"value":{"type":"Tensor","dtype":"float32","shape":[1001],"data":null}}"#,
            ])
    }

    @Test("the result of an attack is its declared properties")
    func results() throws {
        let line = try #require(
            values(
                """
                local set = data.load("glyphs", {n = 0, test = 20, seed = 1}).test
                return attack.fgsm{eps = 0.1}:run(nn.mlp{784, 10}, set)
                """
            ).first)
        let value = try #require(try JSON(parsing: line)["value"])
        #expect(value["type"] == .text("AttackResult") && value["count"] == .int(20))
        #expect(value["robust_accuracy"] != nil && value["attack"]?["type"] == .text("Attack"))
    }

    @Test("an error is a line of JSON on standard error, with its place and the calls")
    func errors() throws {
        let run = try Assay.run("--json", "-e", "local function f() error('no') end\nf()")
        #expect(run.code == 1 && run.output == "")
        let error = try #require(try JSON(parsing: run.errors)["error"])
        #expect(error["kind"] == .text("error") && error["message"] == .text("no"))
        #expect(error["file"] == .text("(command line)") && error["line"] == .int(1))
        #expect(error["traceback"]?.list?.contains(.text("(command line):2: in main chunk")) == true)
        #expect(
            try Assay.run("--json", "-e", "x = = 1").errors
                == #"{"error":{"kind":"syntax","message":"unexpected symbol near '='","file":"(command line)","line":1}}"#
                + "\n")
        #expect(
            try Assay.run("--json", "/nonexistent/script.lua").errors
                == #"{"error":{"kind":"file","message":"assay: cannot read /nonexistent/script.lua: No such file or directory"}}"#
                + "\n")
        #expect(
            try Assay.run("--json", "-e", "tensor.zeros(-1)").errors.hasPrefix(#"{"error":{"kind":"shape","message":"#))
    }
}
