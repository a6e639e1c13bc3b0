/// What the reference says of one thing, before it is laid out for a terminal, for Markdown or for HTML.
///
/// Texts may have `code` between backquotes.
public struct Page: Sendable, Equatable {
    /// As one asks for it: `attack.pgd`, `Tensor`, `:timeit`, `reproducibility`.
    public let name: String
    public let parts: [Part]

    public init(_ name: String, _ parts: [Part]) { (self.name, self.parts) = (name, parts) }

    public enum Part: Sendable, Equatable {
        /// `attack.pgd(eps = 0.03, steps = 10) -> Attack`
        case signature(String)
        case text(String)
        /// The rows that follow are of one kind: `parameters`.
        case title(String)
        case rows([Row])
        /// Many names with a word on what they have in common; nothing more is said of each.
        case names(String, [String])
        /// Lines of Lua, or of what stands in a terminal.
        case code(String)
        /// A line of Lua that runs at the prompt.
        case example(String)
        /// `source`, `returns`
        case fact(String, String)
        /// Names of other pages.
        case related([String])
    }

    /// One line of a list: a name, perhaps its type, what it means.
    public struct Row: Sendable, Equatable {
        public let name: String
        public let type: String
        public let text: String
        /// The page that says more, nil when none does.
        public let target: String?

        public init(_ name: String, type: String = "", _ text: String, target: String? = nil) {
            (self.name, self.type, self.text, self.target) = (name, type, text, target)
        }
    }
}
