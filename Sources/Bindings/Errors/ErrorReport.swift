import CLua
import CLuaShim
import Kernel

/// What the user reads of an error: the message, its place in the source, what would have been right, and the calls that
/// led there.
public struct ErrorReport: Sendable {
    /// With the place in front, as Lua writes it.
    public let message: String
    let excerpt: Excerpt?
    /// What would have been right, a line each: `expected: ...`, `did you mean ...`.
    public let hints: [String]
    /// The user's frames, innermost first, when there are several.
    public let calls: [String]

    /// The report in lines of at most `width` columns, the message apart.
    public func text(width: Int, isColoured: Bool = false) -> String {
        let style = ErrorStyle(isColoured: isColoured)
        let source = excerpt?.text(width: width, style: style) ?? []
        return ([message] + source + hints.map { "    " + $0 } + calls.map { style.quiet("    " + $0) })
            .joined(separator: "\n")
    }
}

extension Interpreter {
    /// Says what the user should read of an error. Nothing is run again.
    public func report(on error: LuaError) -> ErrorReport {
        let message = error.description, place = place(of: error, message)
        return ErrorReport(
            message: message, excerpt: place.flatMap { excerpt(error, message, $0) },
            hints: raisedValue(error) + hints(error, message),
            calls: calls(error.trace, isPlaced: place?.isNamed == true))
    }

    /// What was raised when it is no text, whose words say its type alone.
    private func raisedValue(_ error: LuaError) -> [String] {
        guard let value = error.underlying as? RaisedValue, value.description.hasPrefix("(error object is a ") else {
            return []
        }
        lua_rawgeti(main, shim_registry(), lua_Integer(value.reference))
        defer { shim_pop(main, 1) }
        guard lua_type(main, -1) != LUA_TNIL else { return [] }
        return ("value: " + display(main, lua_gettop(main))).split(separator: "\n").map(String.init)
    }

    /// The calls, one alone only when the message says no place.
    private func calls(_ trace: Trace, isPlaced: Bool) -> [String] {
        let frames = trace.frames.filter { $0.isUsers || $0.isGap }
        guard frames.count > 1 || !isPlaced else { return [] }
        var lines: [(text: String, count: Int)] = []
        for text in frames.map({ $0.isGap ? "... \($0.line) more calls" : $0.text }) {
            if lines.last?.text == text {
                lines[lines.count - 1].count += 1
            } else {
                lines.append((text, 1))
            }
        }
        return lines.map { $0.count > 1 ? "\($0.text) (\($0.count) times)" : $0.text }
    }
}

// MARK: the place

/// Where an error is: a chunk, a line, and the frame if it is in one.
private struct ErrorPlace {
    let source: String
    let line: Int
    /// The index of the frame in the trace.
    let frame: Int?
    /// The message without the places in front of it.
    let message: String
    /// Whether the message says the place.
    let isNamed: Bool
}

extension Interpreter {
    /// The innermost place that the message names, otherwise the innermost frame of the user's.
    private func place(of error: LuaError, _ message: String) -> ErrorPlace? {
        let frames = error.trace.frames
        var rest = message[...], found: (source: String, line: Int)?
        while let named = namedPlace(rest, frames) {
            found = (named.source, named.line)
            rest = named.rest
        }
        if let found {
            let frame = frames.firstIndex { $0.source == found.source && $0.line == found.line && $0.isUsers }
            return ErrorPlace(
                source: found.source, line: found.line, frame: frame, message: String(rest), isNamed: true)
        }
        guard let frame = frames.firstIndex(where: \.isUsers) else { return nil }
        return ErrorPlace(
            source: frames[frame].source, line: frames[frame].line, frame: frame, message: message, isNamed: false)
    }

    /// Reads `chunk:line: ` off the beginning, for a chunk that is known.
    private func namedPlace(
        _ message: Substring, _ frames: [Trace.Frame]
    ) -> (source: String, line: Int, rest: Substring)? {
        var message = message
        if message.hasPrefix("error loading module "), let nested = message.firstRange(of: "\n\t") {
            message = message[nested.upperBound...]
        }
        var search = message.startIndex
        while let colon = message[search...].firstIndex(of: ":") {
            search = message.index(after: colon)
            let digits = message[search...].prefix { $0.isASCII && $0.isNumber }
            guard let line = Int(digits), message[digits.endIndex...].hasPrefix(":") else { continue }
            guard let source = source(ofChunk: String(message[..<colon]), frames) else { continue }
            return (source, line, message[digits.endIndex...].dropFirst().drop { $0 == " " })
        }
        return nil
    }

    private func source(ofChunk chunk: String, _ frames: [Trace.Frame]) -> String? {
        if let frame = frames.first(where: { $0.isUsers && $0.chunk == chunk }) { return frame.source }
        for source in ["=" + chunk, "@" + chunk] where text(ofSource: source) != nil { return source }
        return sources.names.last { chunkName(ofSource: $0) == chunk }
    }

    private func excerpt(_ error: LuaError, _ message: String, _ place: ErrorPlace) -> Excerpt? {
        guard let text = text(ofSource: place.source) else { return nil }
        let culprit: Int?
        var isLoud = true
        if case .syntax = error {
            culprit = syntaxOffset(text, place)
        } else {
            let callee = place.frame.flatMap { $0 > 0 ? error.trace.frames[$0 - 1] : nil }
            culprit = Culprit(text, line: place.line).offset(
                message: place.message, callee: callee, place: argumentPlace(error))
            isLoud = !["error", "assert"].contains(callee?.name)
        }
        guard let excerpt = Excerpt(text, line: place.line, offset: culprit) else { return nil }
        // The entry just typed stands above, and a text of one line needs no pointing at `error`.
        let isOwn = error.trace.usersFrames.last.map { $0.source == place.source } ?? true
        return excerpt.isOneLine && isOwn && !(excerpt.hasCaret && isLoud) ? nil : excerpt
    }

    /// The place in its list of the parameter that an argument does not fit.
    private func argumentPlace(_ error: LuaError) -> Int? {
        guard let wrong = error.underlying as? ArgumentError, let function = catalogue.function(wrong.function) else {
            return nil
        }
        return function.signature.parameters.firstIndex { $0.name == wrong.parameter }.map { $0 + 1 }
    }

    /// Where the token begins that a syntax error is near.
    private func syntaxOffset(_ text: [UInt8], _ place: ErrorPlace) -> Int? {
        let entry = EntrySource(String(decoding: text, as: UTF8.self))
        let complaint = complaint(of: entry, place.source)
        guard complaint.message.hasSuffix(place.message) else { return nil }
        guard complaint.end < text.count + 1 else { return place.message.hasSuffix("<eof>") ? text.count : nil }
        let tokens = LuaLexer.tokens(text).filter { $0.range.lowerBound < complaint.end }
        let near = place.message.ranges(of: " near '").last.map { place.message[$0.upperBound...].dropLast() }
        // A table constructor looks one token further: the one that is named counts.
        let named = tokens.suffix(2).last { near == String(decoding: text[$0.range], as: UTF8.self)[...] }
        return (named ?? tokens.last)?.range.lowerBound
    }
}

// MARK: hints

extension Interpreter {
    private func hints(_ error: LuaError, _ message: String) -> [String] {
        switch error.underlying {
        case let wrong as ArgumentError: return expected(wrong.function, naming: wrong.parameter)
        case let wrong as CallError:
            let name = wrong.description.firstRange(of: ": ").map { wrong.description[..<$0.lowerBound] }
            return name.map { expected(String($0), naming: nil) } ?? []
        case is RaisedValue: return nearestGlobal(message)
        default: return []
        }
    }

    private func expected(_ function: String, naming parameter: String?) -> [String] {
        let screen = Screen.current, room = screen.width - "    expected: ".count
        let most = screen.isTerminal ? min(100, max(40, room)) : 100
        return catalogue.function(function).map {
            ["expected: " + $0.signature.shortened(naming: parameter, to: most)]
        } ?? []
    }

    private func nearestGlobal(_ message: String) -> [String] {
        guard let start = message.firstRange(of: "(global '"), message.hasSuffix("')") else { return [] }
        let name = String(message[start.upperBound...].dropLast(2))
        guard name.count >= 3 else { return [] }
        let alike = globalNames.filter { $0.first == name.first }
        return nearest(to: name, in: alike).map { ["did you mean '\($0)'?"] } ?? []
    }

    private var globalNames: [String] {
        lua_rawgeti(main, shim_registry(), lua_Integer(LUA_RIDX_GLOBALS))
        defer { shim_pop(main, 1) }
        let table = lua_gettop(main)
        var names: [String] = []
        lua_pushnil(main)
        while shim_next(main, table) != 0 {
            shim_pop(main, 1)
            if lua_type(main, -1) == LUA_TSTRING { names.append(readString(main, -1)) }
        }
        return names
    }
}

extension Catalogue {
    /// The declared function with a qualified name: `attack.pgd`, `Tensor:clamp`.
    func function(_ name: String) -> LuaFunction? {
        for module in modules {
            if let found = (module.functions + [module.call].compactMap { $0 }).first(where: {
                $0.signature.name == name
            }) {
                return found
            }
        }
        for type in classes {
            if let found = (type.methods + type.operators).first(where: { $0.signature.name == name }) { return found }
        }
        return nil
    }
}

extension Signature {
    /// The signature in at most 100 columns: what does not fit is `...`, but not the parameter that is named.
    func shortened(naming parameter: String?, to most: Int = 100) -> String {
        if text.count <= most { return text }
        var kept = Set(parameters.indices)
        for index in parameters.indices.reversed()
        where parameters[index].name != parameter && parameters[index].isOptional {
            kept.remove(index)
            if text(keeping: kept).count <= most { break }
        }
        return text(keeping: kept)
    }

    private func text(keeping kept: Set<Int>) -> String {
        var parts: [String] = []
        for index in parameters.indices {
            if kept.contains(index) {
                let one = Signature("", [parameters[index]]).text
                parts.append(String(one.dropFirst().dropLast()))
            } else if parts.last != "..." {
                parts.append("...")
            }
        }
        return "\(name)(\(parts.joined(separator: ", ")))"
    }
}
