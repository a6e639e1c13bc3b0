import CJansson
import Glibc

/// The entries of earlier sessions: a file of JSON lines to which every session appends.
///
/// An entry is one write to a file opened for appending, so sessions that run at once lose nothing of each other and
/// need no lock. A line that is no entry is skipped. Nothing here ever stops a session: without a file there is
/// just no memory.
struct HistoryFile: Sendable {
    let path: String

    /// The file under the user's state directory; nil when the environment names neither that nor a home.
    init?(environment: (String) -> String? = environmentVariable) {
        if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") {
            path = state + "/assay/history.jsonl"
        } else if let home = environment("HOME"), home.hasPrefix("/") {
            path = home + "/.local/state/assay/history.jsonl"
        } else {
            return nil
        }
    }

    init(path: String) { self.path = path }

    /// The last entries, oldest first. Reads the end of the file only, so that a long history costs no start-up time.
    func load(limit: Int = 1000, tail: Int = 1 << 18) -> [String] {
        var lines = readTail(tail).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        if lines.count > limit { lines.removeFirst(lines.count - limit) }
        return lines.compactMap(entryText)
    }

    /// Adds an entry. What begins with a space is not recorded.
    func append(_ text: String) {
        guard !text.hasPrefix(" "), let line = encoded(text) else { return }
        let descriptor = openForAppending()
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    private func openForAppending() -> Int32 {
        let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC
        let descriptor = open(path, flags, 0o600)
        if descriptor >= 0 || errno != ENOENT { return descriptor }
        makeDirectories()
        return open(path, flags, 0o600)
    }

    private func makeDirectories() {
        var directory = ""
        for part in path.split(separator: "/").dropLast() {
            directory += "/" + part
            mkdir(directory, 0o700)
        }
    }

    private func readTail(_ limit: Int) -> ArraySlice<UInt8> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        let start = max(0, size - limit)
        guard size > start else { return [] }
        let bytes = [UInt8](unsafeUninitializedCapacity: size - start) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, start))
        }
        guard start > 0 else { return bytes[...] }
        // The first line is most likely the end of one.
        return bytes.firstIndex(of: UInt8(ascii: "\n")).map { bytes[($0 + 1)...] } ?? []
    }
}

private func entryText(_ line: ArraySlice<UInt8>) -> String? {
    let entry = line.withUnsafeBytes { json_loadb($0.baseAddress, $0.count, 0, nil) }
    defer { json_decref(entry) }
    guard let text = json_string_value(json_object_get(entry, "text")) else { return nil }
    return String(cString: text)
}

/// The line of an entry with its time and directory, ended by a newline; nil for text that JSON cannot hold.
private func encoded(_ text: String) -> [UInt8]? {
    let entry = json_object()
    defer { json_decref(entry) }
    guard json_object_set_new(entry, "text", json_string(text)) == 0 else { return nil }
    json_object_set_new(entry, "time", json_integer(json_int_t(time(nil))))
    if let directory = getcwd(nil, 0) {
        json_object_set_new(entry, "cwd", json_string(directory))
        free(directory)
    }
    guard let line = json_dumps(entry, Int(JSON_COMPACT)) else { return nil }
    defer { free(line) }
    return Array(UnsafeBufferPointer(start: line, count: strlen(line))).map(UInt8.init(bitPattern:)) + [
        UInt8(ascii: "\n")
    ]
}

func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
