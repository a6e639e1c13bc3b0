import Bindings
import Kernel
import TestSupport
import Testing

@testable import Shell

/// `:profile`.
@Suite(.serialized) struct ProfileCommandTests {
    @Test(":profile shows the code's values, the tree of calls with figures, and the functions by their own time")
    func report() throws {
        let desk = try Desk()
        desk.enter("function wait(s) local t = clock() while clock() - t < s do end return s end")
        desk.enter("function twice() wait(0.02) return wait(0.02) + 1 end")
        let lines = desk.enter(":profile twice()").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "1.02")
        #expect(lines[1].contains(" in native functions, ") && lines[1].hasSuffix(" calls"))
        #expect(lines[2].hasSuffix("calls  function"))
        let names = lines[3...].prefix { $0 != "" }.map { $0.split(separator: " ").dropFirst(4).joined(separator: " ") }
        #expect(names.prefix(3) == ["twice (In[2]:1)", "wait (In[1]:1)", "clock *"] || names[0] == "In[3]")
        #expect(lines.contains { $0.hasSuffix("function, * native") })
    }

    @Test(":profile -o writes call paths as flame graphs take them")
    func folded() throws {
        let directory = try TemporaryDirectory(), desk = try Desk(), path = directory.path + "/paths.txt"
        desk.enter("function wait(s) local t = clock() while clock() - t < s do end end")
        #expect(desk.enter(":profile -o \(path) wait(0.01)").contains("call paths to \(path)"))
        let lines = directory.read("paths.txt").split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("In[2];wait (In[1]:1);clock ") })
        #expect(lines.allSatisfy { Int($0.split(separator: " ").last ?? "") != nil })
        #expect(
            desk.enter(":profile -o /no/such/file 1").hasSuffix("! :profile: /no/such/file: No such file or directory"))
    }

    @Test("an error in the code is reported, and what was found is shown")
    func error() throws {
        let desk = try Desk()
        let shown = desk.enter(":profile error('no')")
        #expect(shown.hasPrefix("! In[1]:1: no") && shown.contains("error *"))
        #expect(desk.enter(":profile") == "! :profile: code expected\nusage: :profile [-o file] code")
        #expect(desk.conversation.inputs.map(\.outcome) == [.failed, .failed])
    }
}
