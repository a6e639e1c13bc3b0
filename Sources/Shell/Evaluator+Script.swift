import Bindings
import Kernel

extension Evaluator {
    /// Runs a script or a chunk of the command line; see `Interpreter.runScript`.
    func runScript(
        _ source: [UInt8], name: String, takesArguments: Bool = false, results: ((JSON) -> Void)? = nil
    ) -> Outcome {
        attempt {
            try interpreter.runScript(source, name: name, takesArguments: takesArguments, results: results)
        }
    }

    /// What `-l` asks for: `module`, or `name=module` for another global. As in `lua`, what follows a `-` in the module's
    /// name is a version for the file, no part of the global.
    func require(_ text: String) -> Outcome {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let global = parts.count == 2 ? parts[0] : String(text.prefix { $0 != "-" })
        return attempt { try interpreter.require(parts.last ?? text, as: global) }
    }
}

extension Evaluator.Outcome {
    /// What a failure of Lua means for the calling shell.
    init(of error: LuaError) {
        switch (error, error.underlying) {
        case (.syntax, _): self = .syntaxError
        case (.memory, _), (_, KernelError.memory?): self = .outOfMemory
        case (_, is ScriptUsage): self = .usage
        default: self = error.isInterrupt ? .interrupted : .failed
        }
    }
}
