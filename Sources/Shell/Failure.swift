import Bindings
import Kernel

/// An error as `--json` reports it.
struct Failure {
    let kind: String
    let message: String
    /// Where the message says that it happened.
    let file: String?
    let line: Int?
    let traceback: [String]

    init(kind: String, message text: String, traceback: [String] = []) {
        (self.kind, self.traceback) = (kind, traceback)
        (file, line, message) = Failure.split(text)
    }

    init(_ error: any Error) {
        guard let error = error as? LuaError else {
            self.init(kind: "error", message: "\(error)")
            return
        }
        let frames = error.traceback.split(separator: "\n").map { trimmed(String($0)) }
        self.init(kind: error.kind, message: error.description, traceback: Array(frames.dropFirst()))
    }

    /// One line: `{"error":{"kind":"error","message":"no","file":"a.lua","line":3,"traceback":[...]}}`.
    var json: JSON {
        var fields: [(String, JSON)] = [("kind", .text(kind)), ("message", .text(message))]
        if let file, let line { fields += [("file", .text(file)), ("line", .int(line))] }
        if !traceback.isEmpty { fields.append(("traceback", .list(traceback.map(JSON.text)))) }
        return .object([("error", .object(fields))])
    }

    /// `file:line: message` in its parts.
    private static func split(_ text: String) -> (file: String?, line: Int?, message: String) {
        guard let end = text.firstRange(of: ": ") else { return (nil, nil, text) }
        let place = text[..<end.lowerBound]
        guard let colon = place.lastIndex(of: ":"), let line = Int(place[place.index(after: colon)...]) else {
            return (nil, nil, text)
        }
        return (String(place[..<colon]), line, String(text[end.upperBound...]))
    }
}
