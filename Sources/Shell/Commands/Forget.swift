import Bindings
import Kernel

extension Command {
    /// `:forget name`
    static let forget = Command(
        "forget", usage: "name...|out|all", "Remove variables and say how many bytes that freed.",
        details: """
            The values that the prompt keeps of them (_, Out) go too, and garbage is collected at once. out removes only \
            what the prompt keeps, all removes every variable that you made. If something else still holds a value, its \
            bytes stay; :mem says who.
            """,
        example: ":forget x", argument: .words { $0.variableNames + ["all", "out"] }
    ) { conversation, argument in
        let interpreter = conversation.interpreter
        let words = argument.split(whereSeparator: { $0 == " " || $0 == "," || $0.isNewline }).map(String.init)
        guard !words.isEmpty else { throw Misuse("names of variables expected") }
        let known = interpreter.variableNames()
        let names =
            words == ["all"] && !known.contains("all") ? known : words.filter { $0 != "out" || known.contains("out") }
        for name in names where !known.contains(name) {
            let hint = nearest(to: name, in: known).map { "; did you mean '\($0)'?" } ?? ""
            throw CommandError("no variable '\(name)'\(hint)")
        }
        interpreter.collectThoroughly()
        let before = interpreter.memoryUse
        if words == ["all"] || names.count < words.count { interpreter.forgetResults() }
        interpreter.forget(names)
        interpreter.collectThoroughly()
        conversation.say(forgotten(names, before: before, after: interpreter.memoryUse))
    }
}

/// `forgot net, x: 12.0 MiB of tensors and 3.1 KiB of Lua freed; tensors hold 1.2 MiB now`
func forgotten(_ names: [String], before: MemoryUse, after: MemoryUse) -> String {
    let what =
        names.count > 8
        ? names.prefix(7).joined(separator: ", ") + " and \(names.count - 7) more" : names.joined(separator: ", ")
    return "forgot \(names.isEmpty ? "the values of the prompt" : what): "
        + "\(byteText(max(0, before.tensors - after.tensors))) of tensors and "
        + "\(byteText(max(0, before.lua - after.lua))) of Lua freed; tensors hold \(byteText(after.tensors)) now"
}
