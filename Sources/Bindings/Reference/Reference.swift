import Kernel

/// Everything that can be asked about: declarations and topics. All pages, `help`, `assay docs` and `assay stubs` are
/// pure functions of it; no interpreter is needed.
public struct Reference: Sendable {
    public let catalogue: Catalogue
    public let topics: [Topic]
    let functions: [LuaFunction]
    /// The subjects whose texts have a name between backquotes.
    let mentions: [String: [String]]

    /// - Parameter topics: what the shell adds to the subjects and words of Lua that are always there.
    public init(_ catalogue: Catalogue = .all, topics: [Topic] = []) {
        self.catalogue = catalogue
        self.topics = Topic.subjects + topics + Topic.warnings + Topic.lua
        functions = catalogue.functions
        var mentions: [String: [String]] = [:]
        for topic in self.topics where topic.kind == .subject {
            for name in Set(topic.codeNames) { mentions[name, default: []].append(topic.name) }
        }
        self.mentions = mentions
    }

    /// What a page is about.
    public enum Subject: Sendable {
        case declaration(Declaration)
        case topic(Topic)

        public var name: String {
            switch self {
            case .declaration(.function(let function)): function.signature.name
            case .declaration(.module(let module)): module.name
            case .declaration(.type(let type)): type.name
            case .topic(let topic): topic.name
            }
        }
        public var summary: String {
            switch self {
            case .declaration(.function(let function)): function.summary
            case .declaration(.module(let module)): module.doc
            case .declaration(.type(let type)): type.doc
            case .topic(let topic): topic.summary
            }
        }
        /// `function`, `method`, `field`, `module`, `type`, `command` ...
        public var kind: String {
            switch self {
            case .declaration(.function(let function)):
                switch function.kind {
                case .function: "function"
                case .method: "method"
                case .property: "field"
                case .operation: "operator"
                }
            case .declaration(.module): "module"
            case .declaration(.type): "type"
            case .topic(let topic): topic.kind == .library ? "Lua" : topic.kind.rawValue
            }
        }
    }

    /// Every page of it, modules and types first.
    public var subjects: [Subject] {
        let modules = catalogue.modules.filter { !$0.name.isEmpty }.map { Subject.declaration(.module($0)) }
        let types = catalogue.classes.map { Subject.declaration(.type($0)) }
        let functions = catalogue.functions.map { Subject.declaration(.function($0)) }
        return modules + types + functions + topics.map(Subject.topic)
    }

    /// What a name stands for: exactly, or by the last part of a qualified name.
    public func subjects(named name: String) -> [Subject] {
        let declared = catalogue.declarations(named: name, exactly: true).map(Subject.declaration)
        let written = topics.filter { $0.name == name || $0.aliases.contains(name) }.map(Subject.topic)
        if !declared.isEmpty || !written.isEmpty { return declared + written }
        return catalogue.declarations(named: name).map(Subject.declaration)
    }

    public func page(of subject: Subject) -> Page {
        switch subject {
        case .declaration(.function(let function)): page(of: function)
        case .declaration(.module(let module)): page(of: module)
        case .declaration(.type(let type)): page(of: type)
        case .topic(let topic): page(of: topic)
        }
    }

    /// A topic: how it is written, what it is, an example.
    public func page(of topic: Topic) -> Page {
        var parts: [Page.Part] = [.signature(topic.usage.isEmpty ? topic.name : topic.usage), .text(topic.summary)]
        parts += Markup.parts(topic.details)
        let others = topic.aliases.filter { $0.lowercased() != topic.name.lowercased() }
        if !others.isEmpty { parts.append(.fact("also", others.joined(separator: ", "))) }
        if !topic.example.isEmpty { parts.append(.example(topic.example)) }
        if !topic.source.isEmpty { parts.append(.fact("source", topic.source)) }
        return Page(topic.name, parts)
    }
}

extension Topic {
    /// The names between backquotes in its text, without what follows them: `attack.target` of `attack.target(net)`.
    fileprivate var codeNames: [String] {
        details.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, piece in
            index % 2 == 1 ? String(piece.prefix { $0 != "(" && $0 != "{" }) : nil
        }
    }
}

extension Catalogue {
    /// What is installed in every interpreter of the program: the prompt's own functions and the standard ones.
    public static let all = Catalogue(
        modules: core.modules + standard.modules, classes: core.classes + standard.classes)

    /// What a name stands for: a module, a type, a qualified function, and, unless only exact names count, every
    /// function with that last name.
    public func declarations(named name: String, exactly: Bool = false) -> [Declaration] {
        if let module = modules.first(where: { $0.name == name && !name.isEmpty }) { return [.module(module)] }
        if let type = classes.first(where: { $0.name == name }) { return [.type(type)] }
        let all = functions
        let exact = all.filter { isSame($0.signature.name, name) }
        return (exact.isEmpty && !exactly ? all.filter { $0.name == name } : exact).map { .function($0) }
    }
}

/// Whether two qualified names are the same whichever of `.` and `:` they are written with.
private func isSame(_ a: String, _ b: String) -> Bool {
    a.utf8.elementsEqual(b.utf8) { x, y in
        x == y || (x == UInt8(ascii: ":") && y == UInt8(ascii: "."))
            || (x == UInt8(ascii: ".") && y == UInt8(ascii: ":"))
    }
}
