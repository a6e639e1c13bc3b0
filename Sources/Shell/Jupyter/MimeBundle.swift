import Bindings
import Kernel

extension ValueForms {
    /// The value as a client takes it: a form for each type of media, of which it shows the richest that it can.
    var bundle: JSON {
        var forms = [("text/plain", JSON.text(text))]
        if let html = table.flatMap(tableHTML) { forms.append(("text/html", .text(html))) }
        for (type, bytes) in media where !type.hasPrefix("application/") {
            let isText = type.hasPrefix("text/") || type == "image/svg+xml"
            forms.append((type, .text(String(decoding: isText ? bytes : base64(bytes), as: UTF8.self))))
        }
        return .object(forms)
    }
}

/// A table as HTML, everything in it escaped; nil for what is no table.
func tableHTML(_ table: JSON) -> String? {
    guard let columns = table["columns"]?.list, let rows = table["rows"]?.list else { return nil }
    func cell(_ value: JSON) -> String {
        if let text = value.text { return "<td style=\"text-align: left\">\(escapedHTML(text))</td>" }
        return "<td style=\"text-align: right\">\(value == .null ? "" : escapedHTML("\(value)"))</td>"
    }
    let head = columns.map { "<th>\(escapedHTML($0.text ?? ""))</th>" }.joined()
    let body = rows.map { row in "<tr>" + (row.list ?? []).map(cell).joined() + "</tr>\n" }.joined()
    let title = table["title"]?.text.map { "<caption>\(escapedHTML($0))</caption>\n" } ?? ""
    let note = table["note"]?.text.map { "<p>\(escapedHTML($0))</p>\n" } ?? ""
    return "<table>\n\(title)<thead><tr>\(head)</tr></thead>\n<tbody>\n\(body)</tbody>\n</table>\n\(note)"
}
