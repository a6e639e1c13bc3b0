import Glibc
import TestSupport
import Testing

/// Programs in plain Lua run as in stock `lua5.4`: the same output byte for byte, the same message, the same code.
/// `scripts/plain-lua` wrote what stock Lua makes of them; where there is a `lua5.4` it is asked again.
@Suite struct PlainLuaTests {
    static let directory = #filePath.split(separator: "/").dropLast(2).reduce("") { $0 + "/" + $1 } + "/Lua"
    static let programs = CheckedScript.all(in: directory)
    static let stock: String? = ["/usr/bin/lua5.4", "/usr/local/bin/lua5.4"].first { access($0, X_OK) == 0 }

    /// What a run left: output as hexadecimal digits, so that bytes are compared, the code and the message.
    struct Result: Equatable, CustomStringConvertible {
        var output: String, code: Int, message: String
        var description: String { "code \(code), message '\(message)', output:\n\(output)" }
    }

    private func run(_ program: String, _ name: String) throws -> Result {
        // `od` keeps the bytes that are not UTF-8; the program is named without a path, as its messages repeat it.
        let script = #"cd "$2" && { "$0" "$1" one 'two words'; echo $? >&3; } 3>&2 | od -An -c -v; exit 0"#
        let run = try TestSupport.run(
            "/bin/sh", ["-c", script, program, name, Self.directory], environment: Assay.environment(home: "/tmp"))
        var errors = run.errors.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        let code = errors.popLast().flatMap { Int($0) } ?? -1
        return Result(output: run.output, code: code, message: withoutProgram(errors.first ?? ""))
    }

    private func stored(_ name: String) throws -> Result {
        let path = "\(Self.directory)/stock/\(name.dropLast(4))"
        let dump = try TestSupport.run("/usr/bin/od", ["-An", "-c", "-v", path + ".out"], environment: [:])
        let end = try #require(readFile(path + ".end")).split(separator: "\n", omittingEmptySubsequences: false)
        let message = end.count > 1 ? String(end[1]) : ""
        return Result(output: dump.output, code: Int(end[0]) ?? -1, message: withoutProgram(message))
    }

    private func withoutProgram(_ message: String) -> String {
        message.firstRange(of: "lua5.4: ").map { String(message[$0.upperBound...]) } ?? message
    }

    /// The one difference that is meant: a syntax error has a code of its own.
    private func meant(_ result: Result, _ name: String) -> Result {
        var result = result
        if name.hasPrefix("syntax-") { result.code = 3 }
        return result
    }

    @Test("a plain Lua program prints, fails and exits as in stock Lua", arguments: programs)
    func equal(name: String) throws {
        let ours = try run(Assay.binary, name)
        #expect(try ours == meant(stored(name), name), "\(name) differs from what is stored")
        if let stock = Self.stock { #expect(try ours == meant(run(stock, name), name), "\(name) differs from lua5.4") }
    }

    @Test("there are at least forty programs, and each has its stored result")
    func corpus() {
        #expect(Self.programs.count >= 40)
        for name in Self.programs {
            #expect(access("\(Self.directory)/stock/\(name.dropLast(4)).out", R_OK) == 0, "\(name)")
        }
    }
}
