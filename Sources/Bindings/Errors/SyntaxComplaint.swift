import CLua
import CLuaShim

/// What is wrong with a text that does not compile, and how far it was read.
struct SyntaxComplaint {
    let message: String
    /// The offset behind the token that the message names; the end of the text or more when the text ends too early.
    let end: Int
}

extension Interpreter {
    /// The complaint about an entry none of whose forms compiles. A text that may be an expression is wrong as a statement
    /// from its first word on: whichever reading gets further tells more. Texts are compiled once more and not run.
    func complaint(of entry: EntrySource, _ name: String) -> SyntaxComplaint {
        let plain = complaint(about: entry.forms[entry.forms.count - 1].bytes, name)
        for form in entry.forms {
            guard let insertion = form.insertion else { continue }
            let expression = complaint(about: form.bytes, name)
            let length = EntrySource.returning.utf8.count, end = expression.end - length
            if expression.end > insertion + length, end > plain.end {
                return SyntaxComplaint(message: expression.message, end: end)
            }
        }
        return plain
    }

    private func complaint(about text: [UInt8], _ name: String) -> SyntaxComplaint {
        let message: String
        do {
            try load(text, name)
            shim_pop(main, 1)
            message = ""
        } catch { message = "\(error)" }
        // Lua reads one byte ahead: with these behind the text, its own end is told from the end of a token.
        let end = (text + Array("\n \n".utf8)).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { shim_syntax_place(main, $0.baseAddress, $0.count, name) }
        }
        shim_pop(main, 1)
        return SyntaxComplaint(message: message, end: end)
    }
}
