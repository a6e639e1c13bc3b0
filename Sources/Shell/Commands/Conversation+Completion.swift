import Bindings
import Kernel

/// What Tab offers at the prompt: commands and their arguments here, everything of Lua by the interpreter.
extension Conversation {
    /// What the text before the cursor could become. Nothing of the user's runs.
    /// - Parameter cursor: an offset in UTF-8.
    func complete(_ buffer: String, at cursor: Int) -> Completion {
        let typed = TypedText(buffer, at: cursor)
        switch typed.first {
        case ":": return completeCommand(typed)
        case "?": return completeTopic(typed)
        case "$": return files(typed.lastWord)
        default: break
        }
        if case .shell(_, let variable?) = Entry(typed.text), !variable.isEmpty { return files(typed.lastWord) }
        return interpreter.complete(buffer, at: typed.cursor)
    }

    private func completeCommand(_ typed: TypedText) -> Completion {
        let name = typed.dropping(1), word = name.word
        guard word.end < typed.cursor else {
            let commands = Command.all.filter { $0.name.hasPrefix(word.text) }
            let candidates = commands.map { command in
                Candidate(
                    command.name + (command.usage.isEmpty ? "" : " "), label: ":" + command.name,
                    detail: command.summary)
            }
            return Completion(range: word.start..<typed.cursor, candidates: candidates)
        }
        guard let command = Command.named(word.text) else { return typed.nothing }
        return complete(command.argument, name.dropping(word.end - name.start))
    }

    private func complete(_ argument: Command.Argument, _ typed: TypedText) -> Completion {
        switch argument {
        case .none: return typed.nothing
        case .code: return interpreter.complete(typed.text, at: typed.cursor - typed.start).shifted(by: typed.start)
        case .file, .shell: return files(typed.lastWord)
        case .settings: return completeSetting(typed)
        case .words(let words): return typed.lastWord.choice(of: words(self).map { Candidate($0) })
        }
    }

    private func completeSetting(_ typed: TypedText) -> Completion {
        let name = typed.word, value = typed.dropping(name.end - typed.start)
        guard name.end < typed.cursor else {
            return name.choice(
                of: Setting.all.map {
                    Candidate($0.name + " ", label: $0.name, detail: "\($0.read(self)); \($0.summary)")
                })
        }
        guard let setting = Setting.all.first(where: { $0.name == name.text }) else { return typed.nothing }
        let values = setting.values.contains("|") ? setting.values.split(separator: "|").map(String.init) : []
        return value.lastWord.choice(of: values.map { Candidate($0, detail: $0 == setting.read(self) ? "now" : "") })
    }

    /// After `?` and `??`: commands after a colon, otherwise what Lua knows.
    private func completeTopic(_ typed: TypedText) -> Completion {
        var rest = typed
        while rest.first == "?" { rest = rest.dropping(1) }
        if rest.first == ":" {
            return rest.dropping(1).lastWord.choice(
                of: Command.all.map { Candidate($0.name, label: ":" + $0.name, detail: $0.summary) })
        }
        return interpreter.completeHelp(rest.text, at: rest.cursor - rest.start).shifted(by: rest.start)
    }

    /// Files and folders that a path could become; only its last part is replaced.
    private func files(_ word: TypedText.Word) -> Completion {
        let path = expandedPath(word.text)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let stem =
            word.text.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(word.text[$0...].dropFirst()) } ?? word.text
        let entries = FolderListing.entries(folder.isEmpty ? "." : folder, until: monotonicSeconds() + 0.05)
        let fitting = entries.filter { $0.name.hasPrefix(stem) && ($0.name.first != "." || stem.first == ".") }
        let candidates = fitting.sorted { $0.name < $1.name }.map {
            Candidate($0.name + ($0.isFolder ? "/" : ""), detail: $0.isFolder ? "folder" : "")
        }
        return Completion(range: word.end - stem.utf8.count..<word.end, candidates: candidates)
    }
}

/// The text from some place of the buffer to the cursor. Offsets are those of the buffer, in UTF-8.
struct TypedText {
    struct Word {
        let text: String
        let start: Int
        let end: Int

        /// Of the candidates those that begin with the word.
        func choice(of candidates: [Candidate]) -> Completion {
            Completion(range: start..<end, candidates: candidates.filter { $0.text.hasPrefix(text) })
        }
    }
    private let bytes: ArraySlice<UInt8>
    let start: Int
    let cursor: Int

    /// White space at the beginning is skipped.
    init(_ buffer: String, at cursor: Int) {
        let all = Array(buffer.utf8)
        self.init(all[..<max(0, min(cursor, all.count))])
    }

    private init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes.drop { $0 == 32 || (9...13).contains($0) }
        (start, cursor) = (self.bytes.startIndex, self.bytes.endIndex)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var first: Character? { bytes.first.map { Character(UnicodeScalar($0)) } }
    var nothing: Completion { Completion(range: cursor..<cursor) }

    /// The text after so many bytes and the white space that follows them.
    func dropping(_ count: Int) -> TypedText { TypedText(bytes.dropFirst(count)) }

    /// The word at the beginning.
    var word: Word {
        let word = bytes.prefix { $0 != 32 && !(9...13).contains($0) }
        return Word(text: String(decoding: word, as: UTF8.self), start: word.startIndex, end: word.endIndex)
    }

    /// The word at the cursor; empty after white space.
    var lastWord: Word {
        let word = bytes.suffix(while: { $0 != 32 && !(9...13).contains($0) })
        return Word(text: String(decoding: word, as: UTF8.self), start: word.startIndex, end: word.endIndex)
    }
}

extension ArraySlice<UInt8> {
    /// The longest end whose bytes all satisfy the condition.
    fileprivate func suffix(while fits: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        suffix(from: lastIndex { !fits($0) }.map { $0 + 1 } ?? startIndex)
    }
}
