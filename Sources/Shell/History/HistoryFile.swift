import CJansson
import Glibc

/// The entries of earlier sessions: a file of JSON lines to which every session appends.
///
/// An entry is one write to a file opened for appending, under an advisory lock; where no lock is to be had (some network
/// file systems, a session that holds it) the line goes to a file of this session's beside it, and reading takes both.
/// A second line says how the entry ended, so that an entry which ends the program is kept too. A line that is no entry
/// is skipped, and what a crash left of one does not spoil the next. Nothing here ever stops a session: without a file
/// there is just no memory.
struct HistoryFile: Sendable {
    let path: String
    /// Whether the file lies in a project's folder, which others may have made: links there are not followed.
    private let isOfProject: Bool
    /// What tells this session's entries from others': process number and start.
    private let session = "\(getpid())-\(startMark())"

    /// The file of the project around the working directory, or the one under the user's state directory; nil when the
    /// environment names neither that nor a home.
    ///
    /// A project has a history of its own when it has a folder `.assay` that belongs to the user.
    init?(environment: (String) -> String? = environmentVariable, directory: String? = workingDirectory()) {
        if let folder = directory.flatMap(projectFolder) {
            self.init(path: folder + "/history.jsonl", isOfProject: true)
        } else if let state = UserFolder.state(in: environment) {
            self.init(path: state + "/history.jsonl")
        } else {
            return nil
        }
    }

    init(path: String, isOfProject: Bool = false) { (self.path, self.isOfProject) = (path, isOfProject) }

    // MARK: reading

    /// The last entries, oldest first. Reads the ends of the files only, so that a long history costs no start-up time.
    func load(limit: Int = 1000, tail: Int = 1 << 18) -> [String] {
        let others = sessionPaths
        var entries = ([path] + others).flatMap { self.entries(in: $0, limit: limit, tail: tail) }
        if !others.isEmpty { entries.sort { $0.time < $1.time } }
        return entries.suffix(limit).map(\.text)
    }

    private func entries(in path: String, limit: Int, tail: Int) -> [HistoryEntry] {
        let lines = readTail(of: path, tail).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        return lines.suffix(2 * limit).compactMap(HistoryEntry.init(line:))
    }

    /// The files of sessions that could not have the lock.
    private var sessionPaths: [String] {
        guard let slash = path.lastIndex(of: "/"), let folder = opendir(String(path[...slash])) else { return [] }
        defer { closedir(folder) }
        let prefix = path[path.index(after: slash)...] + "."
        var found: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name.hasPrefix(prefix) { found.append(path[...slash] + name) }
        }
        return found.sorted()
    }

    private func readTail(of path: String, _ limit: Int) -> ArraySlice<UInt8> {
        let descriptor = open(path, O_RDONLY | flags)
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

    // MARK: writing

    /// Adds an entry. What begins with a space is not recorded.
    /// - Parameter number: the entry's number in this session, under which `finish` tells how it ended.
    func append(_ text: String, number: Int = 0) {
        guard !text.hasPrefix(" ") else { return }
        add(HistoryEntry(text: text, time: Int(time(nil))).line(session: session, number: number))
    }

    /// Adds how an entry ended and how long it took.
    func finish(_ number: Int, status: String, seconds: Double) {
        add(HistoryEntry.line(session: session, number: number, status: status, seconds: seconds))
    }

    private func add(_ line: [UInt8]?) {
        guard var line else { return }
        var descriptor = openForAppending(path)
        if descriptor >= 0, !lock(descriptor) {
            close(descriptor)
            descriptor = openForAppending("\(path).\(session)")
        }
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }  // gives the lock back
        if endsInsideLine(descriptor) { line.insert(UInt8(ascii: "\n"), at: 0) }
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }

    /// Other sessions hold the lock for microseconds: whoever cannot have it within 20 ms never will.
    private func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<20 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { return false }
            usleep(1000)
        }
        return false
    }

    /// Whether a crash cut the last line short.
    private func endsInsideLine(_ descriptor: Int32) -> Bool {
        let size = lseek(descriptor, 0, SEEK_END)
        var last = UInt8(ascii: "\n")
        return size > 0 && pread(descriptor, &last, 1, size - 1) == 1 && last != UInt8(ascii: "\n")
    }

    private var flags: Int32 { O_CLOEXEC | (isOfProject ? O_NOFOLLOW : 0) }

    private func openForAppending(_ path: String) -> Int32 {
        let flags = O_RDWR | O_APPEND | O_CREAT | flags
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
}

/// The nearest folder `.assay` at or above a directory, if it is the user's own and no link.
private func projectFolder(around directory: String) -> String? {
    var parts = directory.split(separator: "/")
    while true {
        let folder = "/" + (parts + [".assay"]).joined(separator: "/")
        var status = stat()
        if lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() { return folder }
        if parts.popLast() == nil { return nil }
    }
}

/// The working directory, nil when it is gone.
func workingDirectory() -> String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
}

/// The path without links, nil when nothing is there.
func realPath(_ path: String) -> String? {
    guard let found = realpath(path, nil) else { return nil }
    defer { free(found) }
    return String(cString: found)
}

/// Nanoseconds that no other session of this process number has.
private func startMark() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
