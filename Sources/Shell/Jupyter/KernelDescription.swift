import Glibc
import Kernel

/// What tells Jupyter of the kernel: a folder with `kernel.json` and a picture.
struct KernelDescription {
    static let usualName = "assay", displayName = "Lua (assay)"
    static let fileNames = ["kernel.json", "logo-svg.svg"]

    /// The program that clients start, from the root.
    let program: String

    /// The names of the files and their texts.
    var files: [(name: String, text: String)] {
        let words = [program, "kernel", "run", "-f", "{connection_file}"]
        let json = JSON.object([
            ("argv", .list(words.map(JSON.text))), ("display_name", .text(Self.displayName)),
            ("language", .text("lua")),
            ("interrupt_mode", .text("message")), ("metadata", .object([("debugger", .flag(false))])),
        ])
        return [("kernel.json", "\(json)\n"), ("logo-svg.svg", Self.logo)]
    }

    /// A curve of accuracy that falls while the attack grows.
    private static let logo = """
        <svg xmlns="http://www.w3.org/2000/svg" width="64" height="64" viewBox="0 0 64 64">
        <rect x="2" y="2" width="60" height="60" rx="12" fill="#1b3a5b"/>
        <path d="M12 12v40h40" fill="none" stroke="#9db4cc" stroke-width="3" stroke-linecap="round"/>
        <path d="M14 17c16 1 13 28 36 32" fill="none" stroke="#ffb454" stroke-width="5" stroke-linecap="round"/>
        <path d="M14 25c20 0 20 12 36 13" fill="none" stroke="#7fd1b9" stroke-width="5" stroke-linecap="round"/>
        </svg>

        """

    /// Where Jupyter looks for one user's kernels, without the last part; nil when the environment names no home.
    static func userFolder(_ variable: (String) -> String?) -> String? {
        if let folder = variable("JUPYTER_DATA_DIR"), folder.hasPrefix("/") { return folder }
        if let folder = variable("XDG_DATA_HOME"), folder.hasPrefix("/") { return folder + "/jupyter" }
        guard let home = variable("HOME"), home.hasPrefix("/") else { return nil }
        return home + "/.local/share/jupyter"
    }

    /// The Python environment that is active in the calling shell.
    static func pythonEnvironment(_ variable: (String) -> String?) -> String? {
        ["VIRTUAL_ENV", "CONDA_PREFIX"].lazy.compactMap(variable).first { $0.hasPrefix("/") }
    }

    /// Whether Jupyter takes a kernel of that name.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && name.first != "."
            && name.utf8.allSatisfy { byte in
                "-_.".utf8.contains(byte) || (48...57).contains(byte) || (65...90).contains(byte)
                    || (97...122).contains(byte)
            }
    }
}

extension KernelDescription {
    enum Program { case running }

    /// - Throws: `KernelError` when the system does not say where the program stands.
    init(program: Program) throws {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else {
            throw KernelError.file(path: "/proc/self/exe", reason: String(cString: strerror(errno)))
        }
        self.program = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
