import Kernel
import TestSupport
import Testing

@testable import Shell

/// `assay kernel install` and what stands around it.
@Suite struct KernelInstallTests {
    private func kernel(_ words: String..., variables: [String: String] = [:]) throws -> Finished {
        let environment = Assay.environment().merging(variables) { $1 }
        return try run(Assay.binary, ["kernel"] + words, environment: environment)
    }

    @Test("install writes a description that starts this program and is interrupted by message; uninstall removes it")
    func install() throws {
        let home = try TemporaryDirectory()
        let places: [(words: [String], variables: [String: String], folder: String)] = [
            ([], ["HOME": home.path], ".local/share/jupyter/kernels/assay"),
            (["--user"], ["HOME": home.path, "XDG_DATA_HOME": home.path + "/x"], "x/jupyter/kernels/assay"),
            (["--user"], ["JUPYTER_DATA_DIR": home.path + "/j"], "j/kernels/assay"),
            (["--prefix", home.path + "/p"], [:], "p/share/jupyter/kernels/assay"),
            (["--sys-prefix"], ["VIRTUAL_ENV": home.path + "/v"], "v/share/jupyter/kernels/assay"),
            (["--sys-prefix", "--name", "lua.2"], ["CONDA_PREFIX": home.path + "/c"], "c/share/jupyter/kernels/lua.2"),
        ]
        for (words, variables, folder) in places {
            let environment = Assay.environment().merging(variables) { $1 }
            let path = home.path + "/" + folder, name = folder.split(separator: "/").last ?? ""
            let done = try run(Assay.binary, ["kernel", "install"] + words, environment: environment)
            #expect(done.output == "the kernel \(name) (Lua (assay)) stands in \(path)\n")
            let json = try JSON(parsing: home.read(folder + "/kernel.json"))
            #expect(json["argv"]?.list?.compactMap(\.text).dropFirst() == ["kernel", "run", "-f", "{connection_file}"])
            #expect(json["argv"]?.list?.first?.text?.hasSuffix("/assay") == true)
            #expect(json["interrupt_mode"]?.text == "message")
            #expect(json["language"]?.text == "lua" && json["display_name"]?.text == "Lua (assay)")
            #expect(home.read(folder + "/logo-svg.svg").hasPrefix("<svg "))
            let gone = try run(Assay.binary, ["kernel", "uninstall"] + words, environment: environment)
            #expect(gone.output == "removed the kernel \(name) from \(path)\n")
            #expect(home.read(folder + "/kernel.json") == "")
            let again = try run(Assay.binary, ["kernel", "uninstall"] + words, environment: environment)
            #expect(again.code == 2)
            #expect(again.errors == "assay kernel: \(path): no kernel is installed there\n")
        }
    }

    @Test("what cannot be done is said, with exit code 2")
    func misuse() throws {
        let homeless = try kernel("install", variables: ["HOME": ""])
        #expect(homeless.code == 2)
        #expect(homeless.errors == "assay kernel: kernel: HOME is not set; --prefix DIR says where to write\n")
        let bare = try kernel("install", "--sys-prefix")
        #expect(
            bare.errors == "assay kernel: kernel: no Python environment is active (VIRTUAL_ENV, CONDA_PREFIX); "
                + "--prefix DIR names one\n")
        #expect(bare.code == 2)
        let both = try kernel("install", "--user", "--prefix", "/tmp")
        #expect(both.code == 2)
        #expect(both.errors.hasPrefix("Error: kernel: only one of --user, --sys-prefix and --prefix\n"))
        let name = try kernel("install", "--name", "a b")
        #expect(name.errors.hasPrefix("Error: kernel: --name takes letters, digits, '-', '_' and '.', got 'a b'\n"))
        let alone = try kernel()
        #expect(alone.code == 2)
        #expect(alone.errors.hasPrefix("Error: kernel: install or uninstall?\n"))
    }

    @Test("a connection file that is missing, wrong or names a port that is taken is said before anything starts")
    func connection() throws {
        let folder = try TemporaryDirectory()
        let missing = try kernel("run", "-f", folder.path + "/none.json")
        #expect(missing.code == 2)
        #expect(missing.errors == "assay kernel: \(folder.path)/none.json: no such file or directory\n")
        let wrong = try kernel("run", "-f", folder.write("wrong.json", "{\"shell_port\": 70000}"))
        #expect(
            wrong.errors
                == "assay kernel: \(folder.path)/wrong.json: shell_port: a number from 1 to 65535 expected, got 70000\n"
        )
        let text = try kernel("run", "-f", folder.write("text.json", "no"))
        #expect(text.errors.hasPrefix("assay kernel: \(folder.path)/text.json: not JSON: "))
        let same = try kernel(
            "run", "-f",
            folder.write(
                "same.json",
                """
                {"transport": "ipc", "ip": "\(folder.path)/none/socket", "shell_port": 1, "control_port": 2, "stdin_port": 3,
                 "iopub_port": 4, "hb_port": 5}
                """))
        #expect(same.code == 2)
        #expect(
            same.errors
                == "assay kernel: cannot listen on ipc://\(folder.path)/none/socket-1: No such file or directory\n")
    }
}
