import Kernel

extension JSON {
    /// A field or item on each line, indented by one space for each level, as nbformat writes its files.
    var nbformatText: String {
        var out = ""
        writeNbformat(to: &out, level: 0)
        return out
    }

    private func writeNbformat(to out: inout String, level: Int) {
        let (open, close, items): (String, String, [(name: String?, value: JSON)])
        switch self {
        case .list(let list): (open, close, items) = ("[", "]", list.map { (nil, $0) })
        case .object(let fields): (open, close, items) = ("{", "}", fields.map { ($0.name, $0.value) })
        default:
            out += description
            return
        }
        out += open
        for (index, item) in items.enumerated() {
            out += (index == 0 ? "\n" : ",\n") + String(repeating: " ", count: level + 1)
            if let name = item.name { out += JSON.text(name).description + ": " }
            item.value.writeNbformat(to: &out, level: level + 1)
        }
        if !items.isEmpty { out += "\n" + String(repeating: " ", count: level) }
        out += close
    }
}
