import Glibc
import Testing
import TestSupport

@testable import Bindings

/// The examples of the declarations, run as a user would type them.
@Suite struct ExampleTests {
    private static let catalogue = Catalogue(
        modules: Catalogue.core.modules + Catalogue.standard.modules,
        classes: Catalogue.core.classes + Catalogue.standard.classes)

    /// The lines that define what examples use: one per class, and the few that no class has.
    private static let prelude: [String] = catalogue.classes.flatMap { type in
        switch type.name {
        case "TrainTest": [ExampleFiles.quickFashion]
        case "Module": [type.example, "w2 = net:quantize{weights = quant.uniform{bits = 2}}"]
        default: [type.example]
        }
    }

    @Test("every example runs")
    func examples() throws {
        let folder = try TemporaryDirectory()
        let here = String(cString: getcwd(nil, 0))
        ExampleFiles.write(in: folder.path)
        #expect(chdir(folder.path) == 0)
        defer { chdir(here) }
        let lua = try Interpreter()
        lua.output = { _ in }
        try lua.run("print = function() end")
        for line in Self.prelude where !line.isEmpty { run(line, in: lua, of: "the prelude") }
        for function in Self.catalogue.functions where !function.example.isEmpty {
            run(function.example, in: lua, of: function.signature.name)
        }
    }

    private func run(_ example: String, in lua: Interpreter, of name: String) {
        do {
            try lua.evaluate(example, name: "=example") { _ in }
        } catch {
            Issue.record("\(name): \(example)\n\(error)")
        }
    }

    @Test("every function, method and field has an example")
    func complete() {
        let lacking = Self.catalogue.functions.filter { $0.example.isEmpty }.map(\.signature.name)
        #expect(lacking == [])
    }
}
