import Bindings
import Kernel

/// A profile as text.
struct ProfileReport {
    private let profile: Profile
    private let children: [[Int]]

    init(_ profile: Profile) {
        self.profile = profile
        var children: [[Int]] = profile.nodes.map { _ in [] }
        for (index, node) in profile.nodes.enumerated() {
            if let parent = node.parent { children[parent].append(index) }
        }
        self.children = children.map { $0.sorted { profile.nodes[$0].total > profile.nodes[$1].total } }
    }

    func lines(width: Int, height: Int) -> [String] {
        guard let all = profile.nodes.first else { return ["nothing was called"] }
        let chosen = chosenNodes(atMost: max(16, height - 14)), rows = treeRows(chosen)
        let hidden = profile.nodes.count - 1 - chosen.count
        let more = hidden > 0 ? ["... and \(grouped(hidden)) call paths that took less"] : []
        let head = ["total ms", "%", "self ms", "calls", "function"]
        return [summary(all)] + columns([head] + rows, right: [0, 1, 2, 3], width: width) + more + flatLines(width)
    }

    /// `1.50 s: 1.20 s native, 0.30 s in Lua, 1,234 calls`
    private func summary(_ all: Profile.Node) -> String {
        let native = profile.nodes.filter(\.isNative).reduce(0) { $0 + $1.own }
        let calls = profile.nodes.reduce(0) { $0 + $1.calls }
        return
            "\(timeText(all.total)): \(timeText(native)) in native functions, \(timeText(all.total - native)) in Lua; "
            + "\(grouped(calls)) calls"
    }

    /// The nodes that took the most, at least half a percent. A caller took no less than what it called, so callers of
    /// chosen nodes are chosen.
    private func chosenNodes(atMost most: Int) -> Set<Int> {
        let least = profile.nodes[0].total * 0.005
        let candidates = profile.nodes.indices.dropFirst().filter { profile.nodes[$0].total >= least }
        let sorted = candidates.sorted {
            (profile.nodes[$1].total, $0) < (profile.nodes[$0].total, $1)
        }
        return Set(sorted.prefix(most))
    }

    private func treeRows(_ chosen: Set<Int>) -> [[String]] {
        var rows: [[String]] = [], pending = children[0].reversed().map { (node: $0, depth: 0) }
        while let (index, depth) = pending.popLast() {
            guard chosen.contains(index) else { continue }
            let node = profile.nodes[index], mark = node.isNative ? " *" : ""
            rows.append(figures(node) + [String(repeating: "  ", count: min(depth, 30)) + node.name + mark])
            pending += children[index].reversed().map { ($0, depth + 1) }
        }
        return rows
    }

    private func figures(_ node: Profile.Node) -> [String] {
        [milliseconds(node.total), percent(node.total), milliseconds(node.own), grouped(node.calls)]
    }
    private func milliseconds(_ seconds: Double) -> String { fixedText(seconds * 1e3, seconds < 0.1 ? 3 : 1) }
    private func percent(_ seconds: Double) -> String {
        fixedText(profile.nodes[0].total > 0 ? 100 * seconds / profile.nodes[0].total : 0, 1)
    }

    /// The functions with the most time of their own over all paths.
    private func flatLines(_ width: Int) -> [String] {
        var sums: [String: (own: Double, calls: Int)] = [:]
        for node in profile.nodes.dropFirst() {
            let name = node.name + (node.isNative ? " *" : "")
            sums[name, default: (0, 0)].own += node.own
            sums[name, default: (0, 0)].calls += node.calls
        }
        let least = profile.nodes[0].total * 0.005
        let top = sums.filter { $0.value.own >= least }.sorted { ($1.value.own, $0.key) < ($0.value.own, $1.key) }
            .prefix(6)
        let rows = top.map { [milliseconds($0.value.own), percent($0.value.own), grouped($0.value.calls), $0.key] }
        guard !rows.isEmpty else { return [] }
        return [""]
            + columns([["self ms", "%", "calls", "function, * native"]] + rows, right: [0, 1, 2], width: width)
    }

    /// A line for each call path with the microseconds of its last function: `In[1];step (In[1]:1);Tensor:sum 1234`.
    var folded: String {
        var paths: [String] = []
        var text = ""
        for (index, node) in profile.nodes.enumerated() {
            let name = node.name.replacing(";", with: ",")
            paths.append(
                index == 0 ? "" : (paths[node.parent ?? 0].isEmpty ? name : paths[node.parent ?? 0] + ";" + name))
            let microseconds = Int(min(node.own * 1e6, 1e15).rounded())
            if index > 0, microseconds > 0 { text += paths[index] + " \(microseconds)\n" }
        }
        return text
    }
}
