/// What is wrong with the text of a notebook, and in which line.
struct NotebookError: Error, Equatable, CustomStringConvertible {
    /// Line of the file, from 1; 0 when the text is no file.
    let line: Int
    let message: String

    init(line: Int, _ message: String) { (self.line, self.message) = (line, message) }

    var description: String { line > 0 ? "line \(line): \(message)" : message }

    /// As compilers say it: `study.lua:3: ...`.
    func description(in file: String) -> String { line > 0 ? "\(file):\(line): \(message)" : "\(file): \(message)" }
}
