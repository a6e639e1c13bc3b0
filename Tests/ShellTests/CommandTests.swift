import Bindings
import Glibc
import Kernel
import TestSupport
import Testing

@testable import Shell

/// Commands of the prompt as such: how they are found, explained and refused.
@Suite(.serialized) struct CommandTests {
    @Test("every command has a sentence, names of its own and an example that uses it")
    func declarations() {
        var names: Set<String> = []
        for command in Command.all {
            for name in [command.name] + command.aliases { #expect(names.insert(name).inserted, "\(name) twice") }
            #expect(command.summary.hasSuffix("."), "\(command.name)")
            let asEntry = Entry(command.example)
            guard case .command(let name, _) = asEntry else {
                #expect(command.name == "shell" && command.example.contains("$ "), "\(command.example)")
                continue
            }
            #expect(Command.named(name)?.name == command.name, "\(command.example)")
        }
        #expect(Command.all.map(\.name) == Command.all.map(\.name).sorted())
    }

    @Test("a command that is unknown, or used wrongly, says what was expected")
    func wrongUse() throws {
        let desk = try Desk()
        #expect(desk.enter(":tim 1") == "! no command :tim; did you mean :time?")
        #expect(desk.enter(":xyzzy") == "! no command :xyzzy; :help lists them")
        #expect(desk.enter(":time") == "! :time: code expected\nusage: :time code")
        #expect(
            desk.enter(":timeit -n 0 x")
                == "! :timeit: -n: a number from 1 to 1000000000 expected, got '0'\n"
                + "usage: :timeit [-n loops] [-r repeats] code")
        #expect(
            desk.enter(":timeit -r") == """
                ! :timeit: -r: a value expected
                usage: :timeit [-n loops] [-r repeats] code
                """)
        #expect(desk.enter(":q now") == "! :q: nothing more expected, got 'now'\nusage: :q")
        #expect(desk.enter(":pwd x") == "! :pwd: nothing more expected, got 'x'\nusage: :pwd")
    }

    @Test("?:name, :help name and :help :name show a command's help, :help the list of all")
    func help() throws {
        let desk = try Desk()
        let text = """
            :cd [directory]
              Change the working directory; without one, go home.

              ~ is your home, - the directory before. The new directory is shown.
              example     :cd .
            """
        #expect(desk.enter("?:cd") == text)
        #expect(desk.enter(":help cd") == text)
        #expect(desk.enter(":help :cd") == text)
        #expect(desk.enter("?$").hasPrefix(":shell command\n"))
        #expect(desk.enter("?:").split(separator: "\n").count >= Command.all.count)
        #expect(desk.enter(":help").contains("  :pwd "))
        #expect(desk.enter(":help tensor.zeros").hasPrefix("tensor.zeros("))
    }

    @Test("the list of commands is broken at the width of the screen")
    func width() {
        let lines = Command.overview(width: 70).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 70 })
        #expect(lines.count > Command.all.count)
        #expect(wrapped("one two three", width: 7) == ["one two", "three"])
        #expect(wrapped("", width: 7) == [""])
    }

    @Test("the example of every command works")
    func examples() throws {
        let directory = try TemporaryDirectory(), start = WorkingDirectory.path
        directory.write("setup.lua", "ready = true\n")
        directory.write("nb.lua", "-- %% [markdown]\n-- words\n\n-- %%\nx = 1\n")
        defer { _ = chdir(start) }
        #expect(chdir(directory.path) == 0)
        for command in Command.all {
            let desk = try Desk()
            desk.enter("x = tensor.zeros(2)", ":load setup.lua")
            if command.name == "debug" { desk.enter("error('to look at')") }
            if ["cell", "cells", "next"].contains(command.name) { desk.enter(":load nb.lua") }
            let shown = desk.enter(command.example)
            #expect(desk.conversation.inputs.last?.outcome == .done, "\(command.example): \(shown)")
        }
    }

    @Test("a command's code has a number of its own, and its errors name it")
    func numbers() throws {
        let desk = try Desk()
        #expect(desk.enter("1", ":pwd", ":time error('no')").contains("In[2]:1: no"))
        #expect(desk.enter("error('yes')").contains("In[3]:1: yes"))
        #expect(desk.conversation.inputs.map(\.name) == ["In[1]", nil, "In[2]", "In[3]"])
        #expect(desk.conversation.inputs.map(\.outcome) == [.done, .done, .failed, .failed])
    }

    @Test(":cd changes the directory, - goes back, $ cd does the same")
    func directories() throws {
        let desk = try Desk(), start = WorkingDirectory.path
        defer { _ = chdir(start) }
        #expect(desk.enter(":cd /usr/bin", ":pwd") == "/usr/bin")
        #expect(desk.enter("$ cd ..", ":pwd") == "/usr")
        #expect(desk.enter(":cd -") == "/usr/bin")
        #expect(desk.enter(":cd \"/usr\"") == "/usr")
        #expect(desk.enter(":cd /no/such/place") == "! :cd: /no/such/place: No such file or directory")
        #expect(desk.enter("where = $ cd / && pwd", "where") == "\"/\"")
        #expect(desk.enter(":pwd") == "/usr")
    }

    @Test("what a command of the system writes becomes a variable's value byte by byte")
    func capture() throws {
        let desk = try Desk()
        desk.enter("x = $ printf 'a\\0b\\377\\n\\n'")
        #expect(desk.enter("x == 'a\\0b\\255\\n'") == "true")
        #expect(desk.enter("y = $ printf z; exit 3") == "! $: exit code 3")
        #expect(desk.enter("y") == "\"z\"")
        #expect(desk.enter("$ kill -9 $$") == "! $: ended by signal 9")
        #expect(desk.enter("$") == "! $: a command of the system's shell expected, such as $ ls")
        #expect(desk.enter("n = $ head -c 300000 /dev/zero", "#n") == "300000")
    }
}
