import Kernel

/// The signature of a call that is being typed, with the parameter that the cursor is in.
public struct SignatureHint: Sendable, Equatable {
    /// `net:fit(`
    public let opening: String
    /// `data`, `epochs = 10`.
    public let parameters: [String]
    /// The number of the parameter that is being typed, nil when it is none of them.
    public let current: Int?
    /// What the parameter is, or the function when there is none.
    public let doc: String

    /// The signature on one line, the parameter in «». Parameters far from it give way to `...` when the line is short.
    public func line(width: Int = .max) -> String {
        let room = max(16, width)
        var shown = (current ?? 0)..<min(parameters.count, (current ?? 0) + 1)
        var grows = true
        while grows {
            grows = false
            for wider in [shown.lowerBound..<shown.upperBound + 1, shown.lowerBound - 1..<shown.upperBound]
            where wider.lowerBound >= 0 && wider.upperBound <= parameters.count && text(wider).count <= room {
                (shown, grows) = (wider.lowerBound..<max(wider.upperBound, shown.upperBound), true)
                break
            }
        }
        let line = text(shown), rest = room - line.count - 2
        return doc.isEmpty || rest < 12 ? line : line + "  " + (doc.count > rest ? doc.prefix(rest - 3) + "..." : doc)
    }

    private func text(_ shown: Range<Int>) -> String {
        var parts: [String] = []
        for index in parameters.indices {
            if shown.contains(index) {
                parts.append(index == current ? mark(parameters[index]) : parameters[index])
            } else if parts.last != "..." {
                parts.append("...")
            }
        }
        return opening + parts.joined(separator: ", ") + ")"
    }

    /// `«epochs» = 10`
    private func mark(_ parameter: String) -> String {
        let name = parameter.prefix { $0 != " " }
        return "«\(name)»" + parameter.dropFirst(name.count)
    }
}

extension Completer {
    /// The innermost call whose function is known.
    var signature: SignatureHint? {
        guard let call = cursor.openCall, let (callee, place) = resolver.callee(of: call) else {
            return nil
        }
        let parameters = callee.parameters.map { parameter in
            parameter.info.map(Self.text) ?? parameter.name
        }
        let current = callee.current(place)
        let doc = current.flatMap { callee.parameters[$0].info?.doc } ?? callee.summary
        let isOpen = callee.title.contains("(")
        return SignatureHint(
            opening: callee.title + (isOpen ? ", " : "("), parameters: parameters, current: current, doc: doc)
    }

    /// As `Signature.text` has it.
    private static func text(_ info: ParameterInfo) -> String {
        if info.isOptional { return "\(info.name) = \(info.fallbackText)" }
        return info.variadic ? info.name + "..." : info.name
    }
}

extension Callee {
    /// The number of the parameter that is typed; nil while its name is still open.
    fileprivate func current(_ call: LuaCall) -> Int? {
        let place: Int
        if let table = call.table {
            if let field = table.field { return parameters.firstIndex { $0.name == field } }
            guard table.places > 0 || call.depth > 0 else { return nil }
            place = call.place + table.places
        } else {
            place = call.place
        }
        guard let parameter = parameter(at: place) else { return nil }
        return parameters.firstIndex { $0.name == parameter.name }
    }
}
