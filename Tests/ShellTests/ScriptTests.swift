import TestSupport
import Testing

/// The scripts of Tests/Scripts: each says in comments what it prints.
@Suite struct ScriptTests {
    static let directory = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Scripts"

    @Test("a script prints what its comments say", arguments: CheckedScript.all(in: directory))
    func script(name: String) throws {
        let script = try CheckedScript(path: Self.directory + "/" + name)
        for complaint in try script.run(Assay.binary, environment: Assay.environment()) {
            Issue.record("\(name): \(complaint)")
        }
    }

    @Test("a script that prints something else is told from one that does as it says")
    func complaints() throws {
        let directory = try TemporaryDirectory()
        func complaints(_ text: String) throws -> [String] {
            try CheckedScript(path: directory.write("s.lua", text))
                .run(Assay.binary, environment: Assay.environment())
        }
        #expect(try complaints("print(12) -- CHECK: {{[0-9]+}}\n") == [])
        #expect(try complaints("print(...) -- CHECK: a\tb\n-- ARGS: a b\n") == [])
        #expect(
            try complaints(
                """
                error('no (1)') -- CHECKERR: {{.*}}/s.lua:1: no (1)
                -- CHECKERR: > 1 | error('no (1)') {{.*}}
                -- CHECKERR: ^
                -- CHECKERR: 2 | {{.*}}
                -- CHECKERR: 3 | {{.*}}
                -- CODE: 1
                """) == [])
        #expect(
            try complaints("print(1) -- CHECK: 2\n") == ["output, line 1: expected '2', got '1'; all of it:\n1\n"])
        #expect(try complaints("print(1) print(2) -- CHECK: 1\n") == ["output: expected 1 lines, got 2:\n1\n2\n"])
        #expect(try complaints("os.exit(4)") == ["code 4, expected 0"])
    }
}
