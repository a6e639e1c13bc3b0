import CJansson
import Glibc

/// An entry of the history as a line of JSON.
///
/// `{"text":"x = 1","time":1764100000,"cwd":"/home/me","commit":"1a2b...","session":"41-17...","entry":3}`, and when it has
/// ended `{"session":"41-17...","entry":3,"status":"done","seconds":0.0123}`.
struct HistoryEntry: Equatable {
    let text: String
    /// Seconds since 1970.
    let time: Int

    init(text: String, time: Int) { (self.text, self.time) = (text, time) }

    /// Nil for a line that is no entry.
    init?(line: ArraySlice<UInt8>) {
        let entry = line.withUnsafeBytes { json_loadb($0.baseAddress, $0.count, 0, nil) }
        defer { json_decref(entry) }
        guard let text = json_string_value(json_object_get(entry, "text")) else { return nil }
        self.init(text: String(cString: text), time: Int(json_integer_value(json_object_get(entry, "time"))))
    }

    /// The line, with the directory and the commit that is checked out there; nil for text that JSON cannot hold.
    func line(session: String, number: Int) -> [UInt8]? {
        let entry = json_object()
        defer { json_decref(entry) }
        guard json_object_set_new(entry, "text", json_string(text)) == 0 else { return nil }
        json_object_set_new(entry, "time", json_integer(json_int_t(time)))
        if let directory = workingDirectory() {
            json_object_set_new(entry, "cwd", json_string(directory))
            if let commit = GitHead.commit(around: directory) {
                json_object_set_new(entry, "commit", json_string(commit))
            }
        }
        return Self.encoded(entry, session, number)
    }

    /// The line that says how an entry ended.
    static func line(session: String, number: Int, status: String, seconds: Double) -> [UInt8]? {
        let entry = json_object()
        defer { json_decref(entry) }
        json_object_set_new(entry, "status", json_string(status))
        json_object_set_new(entry, "seconds", json_real((seconds * 1e6).rounded() / 1e6))
        return encoded(entry, session, number)
    }

    private static func encoded(_ entry: UnsafeMutablePointer<json_t>?, _ session: String, _ number: Int) -> [UInt8]? {
        json_object_set_new(entry, "session", json_string(session))
        json_object_set_new(entry, "entry", json_integer(json_int_t(number)))
        guard let line = json_dumps(entry, Int(JSON_COMPACT)) else { return nil }
        defer { free(line) }
        return UnsafeBufferPointer(start: line, count: strlen(line)).map(UInt8.init(bitPattern:)) + [UInt8(ascii: "\n")]
    }
}
