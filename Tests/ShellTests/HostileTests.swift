import Foundation
import TestSupport
import Testing

/// A script of Tests/Hostile: what it attacks, and how it has to end.
private struct Attack: CustomTestStringConvertible, Sendable {
    let name: String
    let text: String

    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Hostile")
    static let all: [Attack] = (try? FileManager.default.contentsOfDirectory(atPath: folder.path))!.sorted()
        .filter { $0.hasSuffix(".lua") }.map { Attack(name: $0, text: try! read($0)) }

    private static func read(_ name: String) throws -> String {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }

    /// The value of a line `-- key: value` at the top.
    func header(_ key: String) -> String? {
        text.split(separator: "\n").prefix(5).first { $0.hasPrefix("-- \(key): ") }.map {
            String($0.dropFirst(key.count + 5))
        }
    }
    var testDescription: String { name }
}

/// A folder with a script, what was granted to it, and secrets around it that nobody granted.
private final class Scene {
    let root: TemporaryDirectory
    let secret = "CANARY-\(UInt64.random(in: 1 << 60...UInt64.max))"
    private let canaries: [String]
    private var before: [String: Facts] = [:]

    struct Facts: Equatable {
        let content: Data?
        let mode: Int
        let changed: Date
        init(_ path: String) throws {
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            content = FileManager.default.contents(atPath: path)
            mode = (attributes[.posixPermissions] as? Int) ?? -1
            changed = (attributes[.modificationDate] as? Date) ?? .distantPast
        }
    }

    init(_ attack: Attack) throws {
        root = try TemporaryDirectory()
        for folder in ["nb/data", "nb/out", "outside", "home"] {
            try FileManager.default.createDirectory(atPath: root.path + "/" + folder, withIntermediateDirectories: true)
        }
        canaries = ["outside/canary.txt", "outside/module.lua", "nb/private.txt", "nb/data/ok.txt", "nb/attack.lua"]
        try write("outside/canary.txt", secret + "\n")
        try write("outside/module.lua", "return '\(secret)'\n")
        try write("nb/private.txt", secret + "\n")
        try write("nb/data/ok.txt", "ok\n")
        try write("nb/attack.lua", attack.text.replacingOccurrences(of: "@OUTSIDE@", with: root.path + "/outside"))
        try link("nb/data/link", "../../outside/canary.txt")
        try link("nb/data/folder", "../../outside")
        try link("nb/out/link", "../../outside/canary.txt")
        for path in canaries { before[path] = try Facts(root.path + "/" + path) }
    }

    private func write(_ path: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: root.path + "/" + path))
    }
    private func link(_ path: String, _ target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: root.path + "/" + path, withDestinationPath: target)
    }

    func run(_ attack: Attack) throws -> Finished {
        let options = (attack.header("options") ?? "--time 20").split(separator: " ").map(String.init)
        let words = ["sandbox", "--read", "data", "--write", "out"] + options + [root.path + "/nb/attack.lua"]
        return try TestSupport.run(
            Assay.binary, words, environment: Assay.environment(home: root.path + "/home"), timeout: 40)
    }

    /// What is other than before, in words.
    func damage() throws -> [String] {
        var found = try canaries.filter { try Facts(root.path + "/" + $0) != before[$0] }.map { "\($0) changed" }
        let outside = try FileManager.default.contentsOfDirectory(atPath: root.path + "/outside").sorted()
        if outside != ["canary.txt", "module.lua"] { found.append("outside holds \(outside)") }
        for name in try FileManager.default.contentsOfDirectory(atPath: root.path + "/nb/out") where name != "link" {
            let content = FileManager.default.contents(atPath: root.path + "/nb/out/" + name) ?? Data()
            if content.range(of: Data(secret.utf8)) != nil { found.append("out/\(name) holds the secret") }
        }
        return found
    }

    /// Processes that still work in the script's folder.
    func survivors() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }.filter {
            let folder = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\($0)/cwd")
            return folder?.hasPrefix(root.path) == true
        }
    }

    /// The names of the events in the audit log.
    func events() throws -> [String] {
        let path = root.path + "/home/.local/state/assay/audit.jsonl"
        let text = try String(contentsOf: URL(filePath: path), encoding: .utf8)
        return try text.split(separator: "\n").map { line in
            let entry = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return entry?["event"] as? String ?? ""
        }
    }
}

@Suite("Hostile scripts")
struct HostileTests {
    @Test("there are at least forty of them, each with its attack, its error and its code")
    func corpus() {
        #expect(Attack.all.count >= 40)
        for attack in Attack.all {
            #expect(attack.header("attack") != nil && attack.header("expect") != nil, "\(attack.name)")
            #expect([1, 5, 6].contains(attack.header("code").flatMap(Int.init)), "\(attack.name)")
        }
    }

    @Test("each is stopped with its own error; nothing outside is read, changed or left running", arguments: Attack.all)
    fileprivate func isStopped(_ attack: Attack) throws {
        let scene = try Scene(attack)
        let finished = try scene.run(attack)
        let everything = finished.output + finished.errors
        let expected = try #require(attack.header("expect")).replacingOccurrences(
            of: "@OUTSIDE@", with: scene.root.path + "/outside")
        #expect(finished.errors.contains(expected), "\(finished.errors.suffix(600))")
        #expect(finished.code == attack.header("code").flatMap(Int.init), "\(finished.errors.suffix(600))")
        #expect(!everything.contains(scene.secret))
        #expect(!everything.split(separator: "\n").contains { $0.hasPrefix("ESCAPED") }, "\(everything.suffix(600))")
        #expect(try scene.damage() == [])
        #expect(try scene.survivors() == [])
        #expect(acting(in: everything).isEmpty)
        let events = try scene.events()
        #expect(events.prefix(2) == ["confined", "sealed"])
        #expect(finished.code != 5 || events.contains("denied"))
        #expect(finished.code != 6 || events.last == "limit")
    }

    @Test("the program lives on, and runs an ordinary script in the same place after them")
    func afterwards() throws {
        let scene = try Scene(
            Attack(
                name: "good",
                text: "assert(io.open('out/made.txt', 'w')):write('made')\nprint(io.open('data/ok.txt'):read('a'))"))
        let finished = try scene.run(Attack(name: "good", text: ""))
        #expect(finished.code == 0, "\(finished.errors)")
        #expect(finished.output == "ok\n\n")
        #expect(FileManager.default.contents(atPath: scene.root.path + "/nb/out/made.txt") == Data("made".utf8))
        #expect(try scene.events() == ["confined", "sealed", "ended"])
    }
}

/// Characters that a terminal would obey.
private func acting(in text: String) -> [Unicode.Scalar] {
    text.unicodeScalars.filter {
        [.control, .format].contains($0.properties.generalCategory) && $0 != "\n" && $0 != "\t"
    }
}
