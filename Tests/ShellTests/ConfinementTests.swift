import Foundation
import TestSupport
import Testing

/// What the operating system's layers hold when the language lets programs be started, which tries them from outside of
/// Lua: a shell inherits everything that the process was closed with.
@Suite("The operating system's part of the sandbox")
struct ConfinementTests {
    /// Runs a shell command in a sandbox that may start programs.
    private func shell(_ command: String, in folder: TemporaryDirectory, _ options: [String] = []) throws -> Finished {
        folder.write("attack.lua", "print(io.popen([==[\(command)]==]):read('a'))")
        mkdir(folder.path + "/data", 0o755)
        mkdir(folder.path + "/out", 0o755)
        folder.write("private.txt", "CANARY")
        let words = ["sandbox", "--exec", "--read", "data", "--write", "out"] + options + [folder.path + "/attack.lua"]
        return try TestSupport.run(Assay.binary, words, environment: Assay.environment(home: folder.path))
    }

    @Test("programs run, and see what was granted")
    func programs() throws {
        let folder = try TemporaryDirectory()
        mkdir(folder.path + "/data", 0o755)
        folder.write("data/ok.txt", "granted")
        let run = try shell("cat data/ok.txt && echo made > out/made.txt", in: folder)
        #expect(run.output == "granted\n" && run.code == 0, "\(run.errors)")
        #expect(folder.read("out/made.txt") == "made\n")
    }

    /// Shell commands, and what has to stand in what they say.
    static let attacks: [(command: String, says: String)] = [
        ("cat private.txt 2>&1", "Permission denied"),
        ("cat /etc/shadow 2>&1", "Permission denied"),
        ("ls / 2>&1", "Permission denied"),
        ("cat /proc/1/environ 2>&1", "Permission denied"),
        ("(echo x > private.txt) 2>&1", "Permission denied"),
        ("(echo x > data/new.txt) 2>&1", "Permission denied"),
        ("(echo x > /dev/tty) 2>&1", "annot"),
        ("ln -s ../private.txt out/link 2>&1", "Operation not permitted"),
        ("ln private.txt out/link 2>&1", "Operation not permitted"),
        ("mv private.txt out/ 2>&1 || echo refused", "refused"),
        ("chmod 777 private.txt 2>&1", "Operation not permitted"),
        ("touch -d 2001-01-01 private.txt 2>&1", "ermission denied"),
        ("mkfifo out/pipe 2>&1", "Operation not permitted"),
        ("unshare -r true 2>&1", "Operation not permitted"),
        ("mount -t tmpfs none out 2>&1 || echo refused", "refused"),
        ("/usr/sbin/chroot out 2>&1", "Operation not permitted"),
        ("bash -c 'exec 3<>/dev/tcp/127.0.0.1/1' 2>&1", "Operation not permitted"),
        ("perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0) or die $!' 2>&1", "Operation not permitted"),
        ("perl -e 'kill 0, \(getpid()) or die $!' 2>&1", "Operation not permitted"),
        ("perl -e 'setpriority(0, \(getpid()), 5) or die $!' 2>&1", "Operation not permitted"),
        // ptrace, bpf, keyctl, io_uring_setup, userfaultfd, personality, open_by_handle_at, kexec_load of x86_64
        (
            "perl -e 'for (101, 321, 250, 425, 323, 135, 304, 246) { print syscall($_, 0, 0, 0, 0) . \":\" . ($!+0) . \" \" }' 2>&1",
            "-1:1 -1:1 -1:1 -1:1 -1:1 -1:1 -1:1 -1:1 "
        ),
        // a call newer than the filter is one that does not exist
        ("perl -e 'print syscall(500), \":\", $!+0' 2>&1", "-1:38"),
    ]

    @Test("a program that was started can do no more than what was granted", arguments: attacks)
    func isRefused(_ attack: (command: String, says: String)) throws {
        #if arch(arm64)
            if attack.command.contains("syscall($_") { return }
        #endif
        let folder = try TemporaryDirectory()
        let run = try shell(attack.command, in: folder)
        #expect(run.output.contains(attack.says), "\(run.output) \(run.errors)")
        #expect(!run.output.contains("CANARY"))
        #expect(folder.read("private.txt") == "CANARY")
        #expect(listing(folder.path + "/out") == [])
        #expect(listing(folder.path + "/data") == [])
    }

    /// What the probe tries by bare system calls, and how each has to end.
    static let calls = """
        read-granted ok, write-read-only EACCES, make-granted ok, read-secret EACCES, truncate-secret EACCES,
        read-link EACCES, read-passwd EACCES, list-root EACCES, rename-secret EACCES, link-secret EPERM, symlink EPERM,
        unlink-secret EACCES, chmod-secret EPERM, mkfifo EPERM, chdir EPERM, fork EPERM, clone3 ENOSYS, exec EPERM,
        kill-parent EPERM, ptrace-parent EPERM, limit-parent EPERM, setsid EPERM, own-processors ok,
        parent-processors EPERM, thread ok, kill-self ok, socket EPERM, socket-local EPERM, netlink EPERM, io_uring EPERM, bpf EPERM, userfaultfd EPERM, keyctl EPERM,
        unshare EPERM, personality EPERM, perf EPERM, seccomp EPERM, newer-than-the-filter ENOSYS, privileges EINVAL,
        code-at-run-time ok
        """.replacingOccurrences(of: "\n", with: " ").components(separatedBy: ", ")

    @Test("without any Lua the kernel refuses all but the files that were granted, threads, and code made at run time")
    func bareCalls() throws {
        let folder = try TemporaryDirectory()
        for name in ["data", "out"] { mkdir(folder.path + "/" + name, 0o755) }
        folder.write("secret.txt", "CANARY")
        folder.write("data/ok.txt", "ok")
        symlink("../secret.txt", folder.path + "/data/link")
        let probe = Assay.beside("SandboxProbe")
        let run = try TestSupport.run(
            probe, [folder.path + "/data", folder.path + "/out", folder.path + "/secret.txt"],
            environment: Assay.environment())
        #expect(run.code == 0)
        #expect(run.output.split(separator: "\n").map(String.init) == Self.calls)
        #expect(folder.read("secret.txt") == "CANARY" && folder.read("data/ok.txt") == "ok")
        #expect(listing(folder.path + "/out") == ["made.txt"])
    }

    @Test("without exec the process can start none, has no privileges to gain and none left")
    func status() throws {
        let folder = try TemporaryDirectory()
        folder.write("wait.lua", "io.write('ready') io.stdout:flush() while true do end")
        let child = try Child(
            Assay.binary, ["sandbox", "--time", "2", folder.path + "/wait.lua"],
            environment: Assay.environment(home: folder.path),
            streams: [(1, .path("/dev/null")), (2, .path("/dev/null"))])
        defer { _ = child.wait() }
        usleep(700_000)
        let confined = try #require(children(of: child.pid).first)
        let text = try String(contentsOf: URL(filePath: "/proc/\(confined)/status"), encoding: .utf8)
        func value(_ name: String) -> String? {
            text.split(separator: "\n").first { $0.hasPrefix(name + ":") }.map {
                $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
            }
        }
        #expect(value("Seccomp") == "2")
        #expect(value("NoNewPrivs") == "1")
        #expect(value("CapEff") == "0000000000000000")
        #expect(value("CapPrm") == "0000000000000000")
        let limits = try String(contentsOf: URL(filePath: "/proc/\(confined)/limits"), encoding: .utf8)
        #expect(limits.contains(/Max core file size +0 +0/))
        child.signal(SIGKILL)  // with its parent it ends, too
        _ = child.wait()
        usleep(300_000)
        let state = try? String(contentsOf: URL(filePath: "/proc/\(confined)/stat"), encoding: .utf8)
        #expect(state == nil || state!.contains(") Z "))  // nobody may have asked for its status
    }

    @Test("a confined process that crashes is an error with its signal, and the program lives on")
    func crash() throws {
        let folder = try TemporaryDirectory()
        folder.write("wait.lua", "while true do end")
        let errors = open(folder.path + "/errors.txt", O_WRONLY | O_CREAT, 0o600)
        defer { close(errors) }
        let child = try Child(
            Assay.binary, ["sandbox", "--time", "20", folder.path + "/wait.lua"],
            environment: Assay.environment(home: folder.path),
            streams: [(1, .path("/dev/null")), (2, .descriptor(errors))])
        usleep(700_000)
        kill(try #require(children(of: child.pid).first), SIGSEGV)
        #expect(child.wait() == 1)
        #expect(folder.read("errors.txt") == "assay: wait.lua: the sandboxed process was ended by signal 11\n")
    }

    private func children(of parent: pid_t) -> [pid_t] {
        let text = try? String(contentsOf: URL(filePath: "/proc/\(parent)/task/\(parent)/children"), encoding: .utf8)
        return (text ?? "").split(separator: " ").compactMap { pid_t($0) }
    }

    @Test("a process that outlives its streams, or a program that it started, ends with the run")
    func outliving() throws {
        let folder = try TemporaryDirectory()
        let run = try shell("(sleep 30 >/dev/null 2>&1 &) ; echo started", in: folder, ["--time", "1"])
        #expect(run.output.contains("started"))
        let left = listing("/proc").filter { Int($0) != nil }.filter {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/cwd"))?.hasPrefix(folder.path)
                == true
        }
        #expect(left == [])
    }

    /// Starts the program behind a filter that answers Landlock's first call as a kernel without it: seccomp by Perl.
    private func withoutLandlock(_ words: [String], in folder: TemporaryDirectory) throws -> Finished {
        folder.write(
            "old-kernel.pl",
            """
            # ld [nr]; jeq 444 -> ENOSYS; allow
            my $code = pack("SCCL" x 4, 0x20, 0, 0, 0, 0x15, 0, 1, 444, 0x06, 0, 0, 0x00050026, 0x06, 0, 0, 0x7fff0000);
            my $program = pack("S x6 P", 4, $code);
            syscall(157, 38, 1, 0, 0, 0) == 0 or die "no_new_privs: $!";
            syscall(157, 22, 2, $program) == 0 or die "seccomp: $!";
            exec @ARGV or die $!;
            """)
        return try TestSupport.run(
            "/usr/bin/perl", [folder.path + "/old-kernel.pl", Assay.binary] + words,
            environment: Assay.environment(home: folder.path))
    }

    #if arch(x86_64)
        @Test("where the kernel has no Landlock nothing runs, unless that is accepted; then the language still holds")
        func oldKernel() throws {
            let folder = try TemporaryDirectory()
            folder.write("a.lua", "print('ran')\nprint(io.open('private.txt'))")
            folder.write("private.txt", "CANARY")
            let refused = try withoutLandlock(["sandbox", folder.path + "/a.lua"], in: folder)
            #expect(refused.code == 5)
            #expect(refused.output == "")
            #expect(
                refused.errors
                    == "assay: a.lua: this machine cannot confine it: its kernel has no Landlock, so native code could open "
                    + "any file. --partial-sandbox runs it with the rest\n")
            let run = try withoutLandlock(["sandbox", "--partial-sandbox", folder.path + "/a.lua"], in: folder)
            #expect(run.code == 0, "\(run.errors)")
            #expect(run.output == "ran\nnil\tprivate.txt: permission was not granted\t13\n")
        }
    #endif
}
