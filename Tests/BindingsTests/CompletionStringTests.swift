import Foundation
import TestSupport
import Testing

@testable import Bindings

/// Tab in quotes: files, modules and details of what is offered.
@Suite(.serialized) struct CompletionStringTests {
    private func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        for name in ["alpha.npy", "alpha.txt", "with space.npy", "quote\"d.npy", ".hidden", "mod.lua", "Beta.csv"] {
            try Data().write(to: URL(fileURLWithPath: folder.path + "/" + name))
        }
        for name in ["albums", "pack", ".git"] {
            try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        }
        try Data().write(to: URL(fileURLWithPath: folder.path + "/pack/init.lua"))
        try Data().write(to: URL(fileURLWithPath: folder.path + "/pack/sub.lua"))
        return folder
    }

    @Test("paths complete in any string: folders end in a slash, files close the string, hidden ones want a dot")
    func files() throws {
        let folder = try folder(), desk = try CompletionDesk(), path = folder.path
        #expect(desk.texts("io.open(\"\(path)/al|") == ["albums/", "alpha.npy\"", "alpha.txt\""])
        #expect(desk.texts("io.open(\"\(path)/al|\")") == ["albums/", "alpha.npy", "alpha.txt"])
        #expect(desk.texts("print('\(path)/wi|") == ["with space.npy'"])
        #expect(desk.texts("print('\(path)/with s|") == ["with space.npy'"])
        #expect(desk.texts("print(\"\(path)/qu|") == ["quote\\\"d.npy\""])
        #expect(desk.texts("print([[\(path)/qu|") == ["quote\"d.npy]]"])
        #expect(desk.texts("print('\(path)/.|") == [".git/", ".hidden'"])
        #expect(!desk.texts("print('\(path)/|").contains { $0.hasPrefix(".") })
        #expect(desk.texts("print('\(path)/beta|") == ["Beta.csv'"])
        #expect(desk.texts("print('\(path)/..|") == ["../"])
        #expect(desk.texts("print('\(path)/none/|").isEmpty && desk.texts("print('\(path)/pha|").isEmpty)
        #expect(desk.applied("x = data.read(\"\(path)/alpha.n|\")") == "x = data.read(\"\(path)/alpha.npy\")")
    }

    @Test("a parameter that takes files of some kinds has them first")
    func kinds() throws {
        let folder = try folder(), desk = try CompletionDesk("net = nn.mlp{2, 2}")
        #expect(desk.texts("data.read('\(folder.path)/al|") == ["albums/", "alpha.npy'", "alpha.txt'"])
        try Data().write(to: URL(fileURLWithPath: folder.path + "/zz.safetensors"))
        #expect(desk.texts("nn.load('\(folder.path)/|", 3) == ["albums/", "pack/", "zz.safetensors'"])
    }

    @Test("~ gives way to the home folder")
    func home() throws {
        let folder = try folder(), desk = try CompletionDesk()
        let before = getenv("HOME").map { String(cString: $0) }
        setenv("HOME", folder.path, 1)
        defer { before.map { _ = setenv("HOME", $0, 1) } }
        #expect(desk.applied("io.open('~/alpha.n|") == "io.open('\(folder.path)/alpha.npy'")
    }

    @Test("require offers loaded modules, files and folders of the search path")
    func modules() throws {
        let folder = try folder(),
            desk = try CompletionDesk("package.path = '\(folder.path)/?.lua;\(folder.path)/?/init.lua'")
        #expect(desk.texts("require('mo|") == ["mod'"])
        #expect(desk.texts("require(\"pa|") == ["package\"", "pack."])
        #expect(desk.texts("require 'pack.|") == ["pack.init'", "pack.sub'"])
        try desk.lua.run("package.path = nil package.loaded = 7")
        #expect(desk.texts("require 'x|").isEmpty)
    }

    @Test("a folder of twenty thousand files answers within the deadline")
    func large() throws {
        let folder = try TemporaryDirectory(), desk = try CompletionDesk()
        for number in 0..<20_000 { close(open("\(folder.path)/file\(number)", O_CREAT | O_WRONLY, 0o600)) }
        let start = ContinuousClock.now
        #expect(!desk.texts("io.open('\(folder.path)/fi|").isEmpty)
        #expect(ContinuousClock.now - start < .milliseconds(500))
    }

    @Test("details say what values are without computing them")
    func details() throws {
        let desk = try CompletionDesk(
            """
            v = {a = 1, b = "text", c = {1, 2}, d = function(x, y) end, e = tensor.zeros(2, 3), f = true, g = 1.5,
                h = tensor.zeros(1), i = data.load("glyphs", {n = 8, test = 8}).train, j = attack.pgd, k = ("x"):rep(99)}
            v.h:close()
            """)
        let details = desk.complete("v.|").candidates.map { "\($0.label): \($0.detail)" }
        #expect(
            details == [
                "a: 1", "b: \"text\"", "c: table of 2", "d: function(x, y)", "e: Tensor float32 [2, 3]", "f: true",
                "g: 1.5",
                "h: Tensor (closed)", "i: Dataset of 8",
                "j: Projected gradient descent: gradient steps from random points in the ball.",
                "k: \"" + String(repeating: "x", count: 30) + "...\"",
            ])
        #expect(desk.complete("string.rep|").candidates == [Candidate("rep", detail: "A string n times.")])
        #expect(
            desk.complete("attack.pgd{no|").candidates.map(\.detail) == [
                "\"linf\"|\"l2\"|\"l1\" = \"linf\": norm of the budget"
            ])
        #expect(desk.complete("net.x|").candidates.isEmpty)
    }

    @Test("what Tab inserts is the only candidate, or what all have in common")
    func insertion() throws {
        let desk = try CompletionDesk("common_one = 1 common_two = 2")
        #expect(desk.complete("com|").insertion(for: "com") == "common_")
        #expect(desk.complete("common_|").insertion(for: "common_") == nil)
        #expect(desk.complete("common_o|").insertion(for: "common_o") == "common_one")
        #expect(desk.complete("COMMON_O|").insertion(for: "COMMON_O") == "common_one")
        #expect(desk.complete("COMMON|").insertion(for: "COMMON") == "common_")
        #expect(desk.complete("nothing_|").insertion(for: "nothing_") == nil)
    }

    @Test("behind a question mark stand names of pages and of variables")
    func help() throws {
        let desk = try CompletionDesk("my_net = nn.mlp{2, 2}")
        func texts(_ text: String) -> [String] {
            desk.lua.completeHelp(text, at: text.utf8.count).candidates.map(\.text)
        }
        #expect(texts("?attack.pg") == ["attack.pgd"])
        #expect(texts("?my_net:fi") == ["my_net:fit"])
        #expect(texts("?Tensor:clamp") == ["Tensor:clamp"])
        #expect(texts("?numel") == ["Tensor:numel"])
        #expect(texts("??whi") == ["while"])
        #expect(Set(texts("?")).isSuperset(of: ["attack", "Tensor", "tensor"]))
        #expect(desk.lua.completeHelp("? é", at: 99).range == 2..<4)
    }
}
