import Glibc
import Kernel

/// A directory of its own for a test, removed afterwards.
public func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    var template = Array("/tmp/assay-test-XXXXXX".utf8CString)
    guard let created = mkdtemp(&template) else {
        throw KernelError.file(path: "/tmp", reason: "no temporary directory can be made")
    }
    let path = String(cString: created)
    defer { remove(path) }
    return try body(path)
}

private func remove(_ folder: String) {
    for name in listing(folder) where unlink("\(folder)/\(name)") != 0 { remove("\(folder)/\(name)") }
    rmdir(folder)
}

/// The sorted names in a directory.
public func listing(_ path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) {
            String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
        }
        if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
}

/// The text of the error that the body throws.
public func errorText(_ body: () throws -> Void) -> String {
    do { try body(); return "no error" } catch { return "\(error)" }
}
