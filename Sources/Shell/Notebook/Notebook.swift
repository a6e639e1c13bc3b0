import Kernel

/// A notebook as a script: a Lua file in the percent format, cut into a header and cells.
///
/// A file without markers is a notebook of one cell. Reading keeps everything that writing needs, so that a file in
/// canonical form comes back byte for byte.
struct Notebook: Equatable, Sendable {
    /// The line that begins with `#!`, without its end.
    var executable: String?
    /// The line `-- -*- coding: utf-8 -*-`, without its end.
    var encoding: String?
    /// What stands between the lines `-- ---`, an object; nil without a header.
    var header: JSON?
    var cells: [Cell]
    /// The header as it was read, with its comments; the writer uses it as long as it says what `header` says.
    var headerSource: HeaderSource?
    /// Empty lines between the header and the first cell.
    var linesAfterHeader = 1

    /// A piece of a notebook.
    struct Cell: Equatable, Sendable {
        enum Kind: String, Sendable { case code, markdown, raw }

        var kind = Kind.code
        /// The words after `-- %%`.
        var title = ""
        /// The keys of the marker in the order of the file; the values are JSON.
        var metadata: [JSON.Field] = []
        /// The text without its last line end; of markdown and raw cells without the comment marks.
        var source: String
        /// The line of the file in which the source begins, from 1; 0 for a cell that comes from no file.
        var line = 0
        /// Empty lines between the cell and the next one: 0, 1 or 2; 1 is what the writer puts by itself.
        var linesToNext = 1

        /// The value of a key of the marker.
        subscript(key: String) -> JSON? { metadata.first { $0.name == key }?.value }
        /// The stable name that `deps`, caches and records use.
        var name: String? { self["name"]?.text }
        var tags: [String] { self["tags"]?.list?.compactMap(\.text) ?? [] }
    }
}
