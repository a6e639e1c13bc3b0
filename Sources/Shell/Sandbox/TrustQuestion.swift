import Glibc
import Kernel

/// The question that is asked once about a file: what it wants, whether it changed since, and what to do.
struct TrustQuestion {
    enum Answer: Equatable, Sendable { case sandbox, trust, no }

    let name: String
    let grants: Grants
    let limits: SandboxLimits
    /// The last version that was decided about, if any.
    let earlier: TrustStore.Entry?
    let source: [UInt8]

    /// What is shown, without anything in it that a terminal would obey.
    var lines: [String] {
        ["\(VisibleText.escaped(name)) is not trusted. It asks for:"]
            + requests.map { "  " + $0 } + history
            + ["[s] run it confined with these permissions, [t] trust it fully, [n] do not run it"]
    }

    private var requests: [String] {
        func place(_ path: Grants.Path) -> String {
            VisibleText.escaped(path.asked)
                + (path.isOutside ? " (\(VisibleText.escaped(path.path)), outside its folder)" : "")
        }
        let files = grants.read.map { "reading " + place($0) } + grants.write.map { "writing in " + place($0) }
        let more = (grants.net ? ["the network"] : []) + (grants.exec ? ["starting programs"] : [])
        let all = files + more
        let bounds = "at most \(numberText(limits.run.seconds)) s and \(byteText(limits.run.memory))"
        return (all.isEmpty ? ["nothing: no files, no network, no programs"] : all) + [bounds]
    }

    private var history: [String] {
        guard let earlier else { return ["It was never run here."] }
        let head =
            "It changed since \(earlier.time), when it was \(earlier.decision == .trust ? "trusted" : "confined"):"
        guard let old = earlier.text else { return [head, "the earlier text was too long to keep"] }
        return [head] + TextChanges(from: old, to: String(decoding: source, as: UTF8.self)).summary()
    }

    /// Asks on the terminal itself, whatever the standard streams are. What was typed before the question is thrown away.
    /// - Returns: nil without a terminal.
    func ask() -> Answer? {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { return nil }
        defer { close(terminal) }
        fflush(nil)
        put(lines.joined(separator: "\n") + "\n", on: terminal)
        for _ in 0..<5 {
            tcflush(terminal, TCIFLUSH)
            put("s, t or n? ", on: terminal)
            guard let word = answer(from: terminal) else { return .no }
            switch word.lowercased() {
            case "s": return .sandbox
            case "t": return .trust
            case "n", "no", "": return .no
            default: continue
            }
        }
        return .no
    }

    private func put(_ text: String, on terminal: Int32) {
        let bytes = Array(text.utf8)
        _ = write(terminal, bytes, bytes.count)
    }

    /// A line; nil at the end of input or after Ctrl-C.
    private func answer(from terminal: Int32) -> String? {
        var line = [UInt8](repeating: 0, count: 256)
        let count = read(terminal, &line, line.count)
        guard count > 0 else { return nil }
        return trimmed(String(decoding: line[..<count], as: UTF8.self).filter { !$0.isNewline })
    }
}
