import Glibc
import Kernel

/// What a folder holds, for completion: bounded in number and time.
public enum FolderListing {
    public struct Entry: Equatable, Sendable {
        public let name: String
        public let isFolder: Bool
    }
    static let most = 20_000

    /// Names in a folder, none when it cannot be read. Names that are no UTF-8 are left out.
    public static func entries(_ folder: String, until deadline: Double) -> [Entry] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while entries.count < most, let found = readdir(stream) {
            if entries.count & 0x3F == 0x3F, monotonicSeconds() > deadline { break }
            let type = found.pointee.d_type
            let name = withUnsafePointer(to: &found.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(validatingCString: $0) }
            }
            guard let name, name != ".", name != ".." else { continue }
            entries.append(Entry(name: name, isFolder: isFolder(folder, name, CInt(type))))
        }
        return entries
    }

    /// A path whose `~` is replaced by the user's folder.
    public static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = getenv("HOME"), let folder = String(validatingCString: home),
            !folder.isEmpty
        else { return path }
        return (folder.hasSuffix("/") ? String(folder.dropLast()) : folder) + path.dropFirst()
    }

    /// Links are followed.
    private static func isFolder(_ folder: String, _ name: String, _ type: CInt) -> Bool {
        if type == CInt(DT_DIR) { return true }
        guard type == CInt(DT_LNK) || type == CInt(DT_UNKNOWN) else { return false }
        var info = stat()
        let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }
}
