import Glibc

/// A directory of its own for one test, removed with everything in it when the last reference goes.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() throws {
        var name = Array("/tmp/assay-test-XXXXXX".utf8CString)
        guard let made = mkdtemp(&name) else { throw ChildError(text: "mkdtemp: \(String(cString: strerror(errno)))") }
        path = String(cString: made)
    }

    deinit {
        let removal = try? Child("/bin/rm", ["-rf", path], environment: [:], streams: [])
        _ = removal?.wait()
    }

    /// Writes a file into the directory and gives its path.
    @discardableResult
    public func write(_ name: String, _ text: String) -> String {
        let file = path + "/" + name
        guard let stream = fopen(file, "w") else { return file }
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, stream)
        fclose(stream)
        return file
    }

    /// The text of a file in the directory, "" when there is none.
    public func read(_ name: String) -> String {
        guard let stream = fopen(path + "/" + name, "r") else { return "" }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(stream), byte != EOF { bytes.append(UInt8(byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
