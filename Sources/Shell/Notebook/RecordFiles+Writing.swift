import Glibc
import Kernel

extension RecordFiles {
    /// Writes a record with the files of its values. Whatever ends the program meanwhile, the record that can be read is
    /// the old one or the new one, whole, and the files that it names are there: they are written first, the record
    /// takes its name last, and what no record names any more is removed after that.
    ///
    /// - Parameters:
    ///   - blobs: bytes by the SHA-256 that `RunRecord.Medium` names them by.
    ///   - age: seconds for which a file that no record names is kept: another run may be about to name it.
    /// - Throws: `KernelError.file`.
    func write(_ record: RunRecord, blobs contents: [String: [UInt8]], keeping age: Int = 600) throws {
        try OutputFolder.make(blobs)
        for medium in record.media { try write(medium, contents) }
        try AtomicFile.write(path, text: record.json.indented)
        removeUnnamed(olderThan: age)
    }

    private func write(_ medium: RunRecord.Medium, _ contents: [String: [UInt8]]) throws {
        let path = blob(medium)
        var status = stat()
        if stat(path, &status) == 0, Int(status.st_size) == medium.bytes {
            utimes(path, nil)  // it is named again: nobody may take it for left over
            return
        }
        guard let bytes = contents[medium.sha256] else { return }
        try AtomicFile.write(path) { try $0.append(bytes) }
    }

    // MARK: what is left over

    /// Removes the files of values that no record of the folder names, and what a killed program left half written.
    /// When any record cannot be read, all stays.
    private func removeUnnamed(olderThan age: Int) {
        var named: Set<String> = []
        for entry in FolderEntries.names(folder) where entry.hasSuffix(".run.json") {
            guard let record = try? RunRecord.read(folder + "/" + entry) else { return }
            named.formUnion(record.media.map { RecordFiles.fileName($0) })
        }
        let now = Int(time(nil))
        for entry in FolderEntries.names(blobs) where !named.contains(entry) {
            let isBlob = isDigest(String(entry.prefix { $0 != "." })), isHalf = entry.hasSuffix(".tmp")
            if isBlob || isHalf { removeFile(blobs + "/" + entry, ifBefore: now - age) }
        }
        for entry in FolderEntries.names(folder) where entry.contains(".run.json.") && entry.hasSuffix(".tmp") {
            removeFile(folder + "/" + entry, ifBefore: now - age)
        }
    }

    private func removeFile(_ path: String, ifBefore limit: Int) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mtim.tv_sec <= limit else {
            return
        }
        unlink(path)
    }
}

/// The names in a folder, none when it cannot be read.
enum FolderEntries {
    static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
                })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }
}
