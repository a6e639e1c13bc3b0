import CSandbox
import Glibc
import Kernel

/// What this machine offers to confine a process with.
struct SandboxLayers: Equatable, Sendable {
    /// The version of Landlock, 0 for none.
    var landlock: Int
    /// Whether system calls can be filtered.
    var calls: Bool

    static var present: SandboxLayers {
        SandboxLayers(landlock: Int(box_landlock_version()), calls: box_can_restrict_calls())
    }

    /// What is not there, in words for the user.
    var missing: [String] {
        (landlock < 1 ? ["its kernel has no Landlock, so native code could open any file"] : [])
            + (calls ? [] : ["its kernel filters no system calls, so native code could reach the network"])
    }

    var json: JSON { .object([("landlock", .int(landlock)), ("seccomp", .flag(calls))]) }
}

/// Closes a process from the inside, before it has a Lua state. What is closed stays so until the process ends.
struct Seal {
    let request: SandboxRequest
    let parent: pid_t

    /// A step that failed: nothing may run then.
    struct Failure: Error, CustomStringConvertible {
        let step: String
        let number: Int32
        var description: String { "\(step): \(String(cString: strerror(number)).lowercased())" }
    }

    /// Readable besides what is granted: what the system says of memory and processors, and of time zones.
    private static let always = [
        "/proc/meminfo", "/proc/cpuinfo", "/proc/self/statm", "/sys/devices/system/cpu", "/usr/share/zoneinfo",
        "/etc/localtime",
    ]
    private static let forPrograms = [
        "/usr", "/bin", "/lib", "/lib64", "/sbin", "/etc/ld.so.cache", "/etc/alternatives",
    ]
    private static let forNetwork = ["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl"]

    /// - Returns: the layers that hold now.
    /// - Throws: `Failure`; `PermissionError.unconfined` when layers are missing and were not forgone.
    func apply() throws -> SandboxLayers {
        let layers = SandboxLayers.present
        if !layers.missing.isEmpty, !request.isPartial { throw PermissionError.unconfined(layers.missing) }
        tzset()  // reads its file while that can be read
        guard chdir(request.folder) == 0 else { throw Failure(step: request.folder, number: errno) }
        try grant()
        try check("privileges", box_drop_privileges(parent))
        try check("limits", limit())
        // The rules hold for this thread and those that it starts.
        guard box_thread_count() <= 1 else { throw Failure(step: "threads run already", number: EBUSY) }
        if layers.landlock > 0 { try check("Landlock", restrictFiles()) }
        box_confine()
        if layers.calls { try check("seccomp", box_restrict_calls(request.grants.net, request.grants.exec)) }
        return layers
    }

    private func grant() throws {
        for path in Seal.dataFolders { _ = box_grant(path, false) }
        for grant in request.grants.read {
            let status = box_grant(grant.path, false)
            guard status == 0 || status == ENOENT else { throw Failure(step: grant.path, number: status) }
        }
        for grant in request.grants.write { try check(grant.path, box_grant(grant.path, true)) }
    }

    /// Where published data sets lie: the system's, and those that the user's environment names.
    private static var dataFolders: [String] {
        let named = ["ASSAY_DATA", "ASSAY_FASHION_MNIST", "ASSAY_MNIST", "ASSAY_CIFAR10", "ASSAY_CIFAR100"]
        return (["/usr/share/datasets"] + named.compactMap(Files.environment)).compactMap(realPath)
    }

    /// The limit of the operating system stands behind ours: the process itself needs some memory, and threads have
    /// stacks.
    private func limit() -> Int32 {
        let threads = max(1, request.threads ?? Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        var limits = box_Limits(
            data: UInt(request.limits.run.memory + 1 << 30 + threads << 23),
            seconds: UInt((request.limits.run.seconds + 10) * Double(threads)), file: UInt(request.limits.file))
        return box_limit(&limits)
    }

    private func restrictFiles() -> Int32 {
        let plain = Seal.always + (request.grants.net ? Seal.forNetwork : [])
        let words = (plain + Seal.forPrograms + ["/dev/null"]).map { strdup($0) }
        defer { for word in words { free(word) } }
        let paths = words.enumerated().map {
            box_SystemPath(
                path: $1, executable: $0 >= plain.count && $0 < words.count - 1, writable: $0 == words.count - 1)
        }
        return box_restrict_files(paths, Int32(paths.count), request.grants.net, request.grants.exec)
    }

    private func check(_ step: String, _ status: Int32) throws {
        if status != 0 { throw Failure(step: step, number: status) }
    }
}
