import Kernel
import TestSupport
import Testing

@testable import Shell

/// Two people's worth of typing into one history.
@Suite struct HistorySessionTests {
    private let count = 10_000

    /// Types the entries at a prompt, a hundred at a time so that no buffer of the terminal overflows.
    private func type(_ name: String, home: String) throws {
        let terminal = try Assay.onTerminal(home: home)
        try terminal.read(until: "assay> ")
        for start in stride(from: 1, through: count, by: 100) {
            for number in start..<min(start + 100, count + 1) { terminal.enter("\(name) = \(number);") }
            // The value, not the echo of what was typed ahead, says that all of it was done.
            terminal.enter(name)
            try terminal.read(until: "\n\(min(start + 99, count))\nassay> ", timeout: 120)
        }
        terminal.type("\u{4}")
        #expect(terminal.waitForExit() == 0)
    }

    @Test("two sessions that write ten thousand entries each at once lose none, and each line says how its entry ended")
    func twoSessions() async throws {
        let home = try TemporaryDirectory()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for name in ["left", "right"] {
                group.addTask { try type(name, home: home.path) }
            }
            try await group.waitForAll()
        }
        let file = HistoryFile(path: home.path + "/.local/state/assay/history.jsonl")
        let entries = file.load(limit: 4 * count, tail: 1 << 28)
        for name in ["left", "right"] {
            #expect(entries.filter { $0.hasPrefix(name + " = ") } == (1...count).map { "\(name) = \($0);" })
        }
        let lines = home.read(".local/state/assay/history.jsonl").split(separator: "\n")
        let ended = try lines.map { try JSON(parsing: String($0)) }.filter { $0["status"]?.text == "done" }
        #expect(ended.count == entries.count)
    }
}
