import Kernel

/// A value in every form that a page, a record or a notebook client can show.
public struct ValueForms: Sendable {
    /// What the prompt shows, without colours.
    public var text: String
    /// The value for programs; see `Interpreter.json`.
    public var json: JSON
    /// Columns and rows, for what is a table: `{"columns": [...], "rows": [[...]]}`.
    public var table: JSON?
    /// Pictures as PNG, figures as SVG.
    public var media: [(type: String, bytes: [UInt8])]
    /// The tensor itself, for digests and comparison.
    public var tensor: Tensor?

    public init(
        text: String, json: JSON, table: JSON? = nil, media: [(type: String, bytes: [UInt8])] = [],
        tensor: Tensor? = nil
    ) {
        (self.text, self.json, self.table, self.media, self.tensor) = (text, json, table, media, tensor)
    }
}
