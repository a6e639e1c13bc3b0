import Testing

@testable import Shell

@Suite struct EntryTests {
    @Test("a question mark before or after a name asks for help, and nothing else does")
    func topics() {
        #expect(Entry("?attack.pgd") == .help("attack.pgd"))
        #expect(Entry("  ? attack.pgd ") == .help("attack.pgd"))
        #expect(Entry("net:fit?") == .help("net:fit"))
        #expect(Entry("?:timeit") == .help(":timeit"))
        #expect(Entry("?") == .help(""))
        #expect(Entry("?//") == .help("//"))
        #expect(Entry("?..") == .help(".."))
        #expect(Entry("??net") == .definition("net"))
        #expect(Entry("net??") == .definition("net"))
        #expect(Entry("print('really?')") == .code("print('really?')"))
        #expect(Entry("x = f('a?') -- why?") == .code("x = f('a?') -- why?"))
        #expect(Entry("x") == .code("x"))
    }

    @Test("a colon and a letter begin a command, a label is Lua")
    func commands() {
        #expect(Entry(":time net(x)") == .command(name: "time", argument: "net(x)"))
        #expect(Entry(" :q ") == .command(name: "q", argument: ""))
        #expect(Entry("::top:: goto top") == .code("::top:: goto top"))
    }

    @Test("a dollar sign hands a line to the system's shell, perhaps into a variable")
    func shell() {
        #expect(Entry("$ ls -l") == .shell(command: "ls -l", variable: nil))
        #expect(Entry("files = $ ls") == .shell(command: "ls", variable: "files"))
        #expect(Entry("x = '$'") == .code("x = '$'"))
    }

    @Test("exit and quit leave", arguments: ["exit", "quit", " exit() ", "quit()"])
    func leaving(text: String) { #expect(Entry(text) == .farewell) }
}
