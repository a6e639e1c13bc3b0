import Bindings
import Glibc
import Kernel
import Synchronization

/// The files that a run reads and writes, each with its digest as it was when it was read first.
///
/// What the run itself wrote before is no input. Paths inside the notebook's folder are those from there, so that a
/// notebook that moves with its data has the same ones.
final class InputLog: Sendable {
    private struct State {
        var inputs: [String: RunRecord.Source] = [:]
        var written: Set<String> = []
        /// Paths that the current cell read.
        var cell: Set<String> = []
    }
    private let state = Mutex(State())
    private let folder: String

    /// What the program itself reads and writes.
    private let ignored: [String]

    /// - Parameters:
    ///   - folder: the notebook's, where relative paths begin.
    ///   - ignored: folders whose files are no inputs.
    init(folder: String, ignored: [String] = []) {
        (self.folder, self.ignored) = (folder, ["/proc", "/sys", "/dev"] + ignored)
    }

    /// Begins to listen; one log at a time.
    func start() {
        FileLog.observe { [weak self] path, use in self?.note(path, use) }
        Interpreter.observeFiles(true)
    }
    func stop() {
        FileLog.observe(nil)
        Interpreter.observeFiles(false)
    }

    /// Notes a file; also what a sandbox tells of.
    func note(_ path: String, _ use: FileLog.Use) {
        let name = shortened(path)
        if ignored.contains(where: { path.hasPrefix($0 + "/") }) { return }
        if use == .written { return state.withLock { _ = $0.written.insert(name) } }
        let isKnown = state.withLock { state in
            if state.written.contains(name) { return true }
            state.cell.insert(name)
            return state.inputs[name] != nil
        }
        guard !isKnown, let source = InputLog.source(path, name: name) else { return }
        state.withLock { $0.inputs[name] = source }
    }

    /// The inputs that were read since the last call, sorted.
    func takeCell() -> [String] {
        state.withLock { state in
            defer { state.cell = [] }
            return state.cell.filter { state.inputs[$0] != nil }.sorted()
        }
    }

    var inputs: [RunRecord.Source] { state.withLock { $0.inputs.values.sorted { $0.path < $1.path } } }
    var written: [String] { state.withLock { $0.written.sorted() } }

    /// The digest of a regular file; nil when there is none to read.
    static func source(_ path: String, name: String) -> RunRecord.Source? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var digest = Digest(), count = 0, chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let got = read(file, &chunk, chunk.count)
            guard got > 0 else { break }
            count += got
            do { try chunk[..<got].withUnsafeBytes { try digest.add($0) } } catch { return nil }
        }
        return RunRecord.Source(path: name, bytes: count, sha256: digest.finish())
    }

    private func shortened(_ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        guard path.hasPrefix("/") else { return parts }
        let whole = "/" + parts
        return whole.hasPrefix(folder + "/") ? String(whole.dropFirst(folder.count + 1)) : whole
    }
}
