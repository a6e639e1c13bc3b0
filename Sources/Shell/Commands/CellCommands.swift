import Bindings
import Kernel

extension Command {
    /// `:cells`
    static let cells = Command(
        "cells", "List the cells of the notebook that :load opened, and what became of them.", example: ":cells"
    ) { conversation, argument in
        try CommandArgument(argument).refuseMore()
        let notebook = try conversation.openNotebook("cells")
        for line in columns(notebook.rows, right: [0], width: Screen.current.width) { conversation.say(line) }
    }

    /// `:cell name`
    static let cell = Command(
        "cell", usage: "name | n", "Run a cell of the notebook that :load opened, by its name or number.",
        details: """
            Its variables stay, top-level locals too unless :set locals is off, and the value of a last expression is \
            shown. Its random numbers are those that assay run gives it. A cell of text is shown.
            """,
        example: ":cell 2",
        argument: .words { conversation in conversation.notebook?.plan.cells.map(\.name) ?? [] }
    ) { conversation, argument in
        let notebook = try conversation.openNotebook("cell"),
            word = try CommandArgument(argument).required("a cell's name or number")
        guard let place = notebook.place(word) else {
            let hint = nearest(to: word, in: notebook.plan.cells.map(\.name)).map { "did you mean \($0)?" }
            throw CommandError(":cell: no cell '\(word)' in \(notebook.path); \(hint ?? ":cells lists them")")
        }
        try conversation.run(cell: place)
    }

    /// `:next`
    static let next = Command(
        "next", usage: "[-a]", "Run the cell after the one that was run last, showing the text before it.",
        details: "With -a all that are left, up to the first that does not end well.", example: ":next"
    ) { conversation, argument in
        var argument = CommandArgument(argument)
        let all = argument.flag("-a")
        try argument.refuseMore()
        let notebook = try conversation.openNotebook("next")
        let cells = notebook.plan.cells
        guard cells[min(notebook.next, cells.count)...].contains(where: { $0.kind == .code }) else {
            throw CommandError(":next: that was the last cell of \(notebook.path); :cell runs one again")
        }
        for place in cells.indices.dropFirst(notebook.next) {
            try conversation.run(cell: place)
            if cells[place].kind == .code, !all { return }
        }
    }
}
