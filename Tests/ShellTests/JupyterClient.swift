import Glibc
import Kernel
import TestSupport

@testable import Shell

/// Jupyter's own client, which plays a scenario of Tests/Notebooks/kernel-client.py with the built program.
enum JupyterClient {
    struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    /// A Python that has jupyter_client; nil when `scripts/notebook-tools` has not been run.
    static var python: String? { NotebookCorpus.python }

    private static var environment: [String: String] { Assay.environment().merging(["NO_COLOR": "1"]) { $1 } }

    /// What the scenario saw.
    static func play(_ scenario: String, input: JSON = .null, timeout: Double = 120) throws -> JSON {
        guard let python else { throw Failed(description: "no Python with jupyter_client") }
        let script = NotebookCorpus.folder.appendingPathComponent("kernel-client.py").path
        let done = try run(
            python, [script, Assay.binary, scenario], input: "\(input)", environment: environment, timeout: timeout)
        guard done.code == 0, let line = done.output.split(separator: "\n").last else {
            throw Failed(description: "\(scenario): code \(done.code)\n\(done.output)\(done.errors)")
        }
        return try JSON(parsing: String(line))
    }

    /// The cells one after the other; of each its reply and what was published.
    static func cells(_ cells: [(code: String, options: JSON)]) throws -> [Cell] {
        let input = JSON.list(cells.map { .list([.text($0.code), $0.options]) })
        return try (play("cells", input: input).list ?? []).map(Cell.init)
    }
    static func cells(_ codes: String...) throws -> [Cell] { try cells(codes.map { ($0, .empty) }) }

    struct Cell {
        let reply: JSON
        /// Each begins with its kind: `stdout`, `stderr`, `execute_input`, `execute_result` ...
        let outputs: [JSON]

        init(_ json: JSON) {
            reply = json["reply"] ?? .null
            outputs = json["outputs"]?.list ?? []
        }

        var status: String { reply["status"]?.text ?? "" }
        /// What was published without the code: `stdout a`, `execute_result 2`.
        var lines: [String] {
            outputs.compactMap { output -> String? in
                guard let parts = output.list, let kind = parts[0].text, kind != "execute_input" else { return nil }
                let text = parts[1]["text/plain"]?.text ?? parts[1].text ?? ""
                return "\(kind) \(text)"
            }
        }
        /// The forms of the last value, by type of media.
        var forms: JSON { outputs.last?.list?[1] ?? .null }
    }
}
