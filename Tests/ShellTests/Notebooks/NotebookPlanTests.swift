import Kernel
import TestSupport
import Testing

@testable import Shell

@Suite struct NotebookPlanTests {
    private func plan(_ text: String, seed: Int? = nil) throws -> NotebookPlan {
        try NotebookPlan(Notebook(parsing: text), seed: seed)
    }

    @Test("keys of cells and fields of the header that make no sense are errors that say what is expected")
    func wrong() {
        let table = [
            (
                #"-- %% name="a" expect="near""#,
                #"cell 'a': expect: exact, approx, shape, stat or none expected, got "near""#
            ),
            (#"-- %% name="a" rtol=-1"#, "cell 'a': rtol: number from 0 expected, got -1"),
            (#"-- %% name="a" timeout="x""#, #"cell 'a': timeout: number of seconds expected, got "x""#),
            (#"-- %% name="a" seed="x""#, #"cell 'a': seed: whole number expected, got "x""#),
            (#"-- %% name="a" cache=1"#, "cell 'a': cache: true or false expected, got 1"),
            (#"-- %% name="a" raises=1"#, "cell 'a': raises: true, false or a text expected, got 1"),
            (#"-- %% deps=[1]"#, "cell 'cell-1': deps: list of names of cells expected, got [1]"),
            (#"-- %% deps=["b"]"#, "cell 'cell-1': deps: no cell 'b'"),
            (
                "-- %% name=\"data\"\nx = 1\n\n-- %% deps=[\"dat\"]\n",
                "cell 'cell-2': deps: no cell 'dat'; did you mean 'data'?"
            ),
            ("-- %% deps=[\"b\"]\nx = 1\n\n-- %% name=\"b\"\n", "cell 'cell-1': deps: 'b' does not stand before it"),
            ("-- %% name=\"a\"\nx = 1\n\n-- %% name=\"a\"\n", "two cells are named 'a'; names of cells must differ"),
            (
                "-- %% tags=[\"parameters\"]\nx = 1\n\n-- %% name=\"b\" tags=[\"parameters\"]\n",
                "cells 'cell-1' and 'b' are both tagged parameters; one cell can be"
            ),
            ("-- ---\n-- assay: {seed: x}\n-- ---\n", #"header: assay.seed: whole number expected, got "x""#),
            (
                "-- ---\n-- assay: {limits: {time: 0}}\n-- ---\n",
                "header: assay.limits.time: number of seconds expected, got 0"
            ),
            (
                "-- ---\n-- assay: {limits: {memory: much}}\n-- ---\n",
                #"header: assay.limits.memory: size such as 4GiB expected, got "much""#
            ),
        ]
        for (text, error) in table { #expect(errorText { _ = try plan(text) } == error) }
    }

    @Test("a cell's seed depends on the root seed and its name alone, unless it says one")
    func seeds() throws {
        let text = "-- ---\n-- assay: {seed: 5}\n-- ---\n\n-- %% name=\"a\"\n\n-- %%\n\n-- %% seed=3\n"
        let first = try plan(text),
            moved = try plan(text.replacing("-- %% name", with: "-- %% [markdown]\n-- x\n\n-- %% name"))
        #expect(first.rootSeed == 5 && first.seedOrigin == "header" && first.cells[2].seed == 3)
        #expect(moved.cells.filter { $0.kind == .code }.map(\.seed) == first.cells.map(\.seed))
        #expect(Set(first.cells.map(\.seed)).count == 3)
        let other = try plan(text, seed: 6)
        #expect(other.rootSeed == 6 && other.seedOrigin == "command line" && other.cells[0].seed != first.cells[0].seed)
        #expect(try other.cells[2].seed == 3 && plan("x = 1").seedOrigin == "default")
    }

    @Test("limits are seconds and bytes")
    func limits() throws {
        let limits = try plan("-- ---\n-- assay: {limits: {time: 600, memory: 4GiB}}\n-- ---\n").limits
        #expect(limits == .init(seconds: 600, bytes: 4 << 30))
    }
}
