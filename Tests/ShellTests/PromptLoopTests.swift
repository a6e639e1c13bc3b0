import Testing

@testable import Shell

@Suite struct PromptLoopTests {
    @Test("a question mark before or after a name asks for help, and nothing else does")
    func topics() {
        #expect(helpTopic("?attack.pgd") == "attack.pgd")
        #expect(helpTopic("  ? attack.pgd ") == "attack.pgd")
        #expect(helpTopic("net:fit?") == "net:fit")
        #expect(helpTopic("?") == "")
        #expect(helpTopic("print('really?')") == nil)
        #expect(helpTopic("x = f('a?') -- why?") == nil)
        #expect(helpTopic("x") == nil)
    }
}
