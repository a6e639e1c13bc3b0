import Kernel

/// How the prompt tells kinds of text apart on a terminal that shows colours: texts green, types and what is left out
/// faint. Elsewhere everything is plain.
struct TextStyle {
    private let isStyled: Bool
    init(_ screen: Screen) { isStyled = screen.isStyled }

    func string(_ text: String) -> String { wrapped(text, "32") }
    func faint(_ text: String) -> String { wrapped(text, "2") }

    /// The text of an object; the header of a tensor is faint.
    func object(_ text: String, of object: (any Sendable)?) -> String {
        guard isStyled, let tensor = object as? Tensor, tensor.rank > 0 else { return text }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let header = lines.prefix { !$0.hasPrefix("{") }
        return (header.map(faint) + lines.dropFirst(header.count)).joined(separator: "\n")
    }

    private func wrapped(_ text: String, _ code: String) -> String {
        isStyled ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text
    }
}
