import CPrompt
import Glibc
import Kernel
import Synchronization

/// Shows long work on standard error: a bar for each level of nested work on a terminal, a line every few seconds
/// otherwise, and nothing for work that takes less than a second.
///
/// Bars are drawn in place and leave the cursor behind the last one. Whoever writes meanwhile calls `clear` first (print
/// and errors do); the next report draws them again below what was written.
final class ProgressBar: ProgressSink {
    struct Style {
        /// Redraws bars of this width; nil writes whole lines.
        var columns: (@Sendable () -> Int)?
        /// Seconds of silence at the start, and before inner work gets a bar of its own.
        var patience = 1.0
        /// Seconds between two drawings.
        var interval: Double
        var blocks = true
        /// Levels that are drawn at most.
        var levels = 4

        static var forStandardError: Style {
            guard isatty(STDERR_FILENO) == 1 else { return Style(columns: nil, interval: 5) }
            return Style(columns: { Int(prompt_columns()) }, interval: 0.1, blocks: localeIsUnicode)
        }
    }

    /// The bar of the process; output of Lua takes it away before it is written.
    static let session = ProgressBar()

    private let style: Style
    private let clock: @Sendable () -> Double
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    private struct State {
        var works: [Work] = []
        var lastDrawn = -Double.infinity
        /// Columns of the bars that stand on the terminal, from the top.
        var drawn: [Int] = []
    }

    init(
        style: Style = .forStandardError, clock: @escaping @Sendable () -> Double = monotonicSeconds,
        write: @escaping @Sendable (String) -> Void = writeToStandardError
    ) {
        (self.style, self.clock, self.write) = (style, clock, write)
    }

    func begin(_ label: String, total: Int, unit: String) {
        state.withLock { $0.works.append(Work(label: label, total: total, unit: unit, started: clock())) }
    }

    func advance(to done: Int, metric: String) {
        state.withLock { state in
            guard !state.works.isEmpty else { return }
            state.works[state.works.count - 1].done = done
            state.works[state.works.count - 1].metric = metric
            draw(&state)
        }
    }

    func end() {
        state.withLock { state in
            _ = state.works.popLast()
            guard state.works.isEmpty else { return }
            erase(&state)
            state.lastDrawn = -.infinity
        }
    }

    /// Takes the bars off the terminal, for somebody who is about to write there.
    func clear() { state.withLock { erase(&$0) } }

    // MARK: drawing

    private func draw(_ state: inout State) {
        let time = clock()
        guard let outer = state.works.first, time - outer.started >= style.patience,
            time - state.lastDrawn >= style.interval
        else { return }
        state.lastDrawn = time
        if let columns = style.columns {
            drawBars(&state, time, columns())
        } else {
            write(outer.line(at: time, inner: state.works.dropFirst(), bar: nil) + "\n")
        }
    }

    private func drawBars(_ state: inout State, _ time: Double, _ columns: Int) {
        let works = state.works
        let lines = works.indices.prefix(style.levels).filter { level in
            level == 0 || time - works[level].started >= style.patience
        }.map { level -> String in
            let inner = works[(level + 1)...].prefix(1)
            let line = works[level].line(at: time, within: inner.first, bar: style.blocks ? ("█", "░") : ("#", "."))
            // Room for the ^C that a terminal writes: a line that wraps could not be taken back.
            return clipped(String(repeating: "  ", count: level) + line, to: max(10, columns - 4), mark: "")
        }
        let rest = lines.count < state.drawn.count ? "\n\r\u{1b}[J\u{1b}[A" : ""
        write(toTop(state.drawn, columns) + lines.map { "\r\u{1b}[K" + $0 }.joined(separator: "\n") + rest)
        state.drawn = lines.map(columnCount)
    }

    private func erase(_ state: inout State) {
        guard !state.drawn.isEmpty, let columns = style.columns else { return }
        let isSingle = state.drawn.count == 1
        write(toTop(state.drawn, columns()) + "\r\u{1b}[K" + (isSingle ? "" : "\u{1b}[J"))
        state.drawn = []
    }

    /// Up to the first line of what was drawn. A terminal that has become narrower has broken long lines.
    private func toTop(_ drawn: [Int], _ columns: Int) -> String {
        let rows = drawn.reduce(0) { $0 + max(1, ($1 + columns - 1) / max(1, columns)) }
        return rows > 1 ? "\u{1b}[\(rows - 1)A" : ""
    }
}

/// One piece of work: how far it is, and since when.
private struct Work {
    var label: String
    var total: Int
    var unit: String
    var started: Double
    var done = 0
    var metric = ""

    /// `fit 45% 45/100 epochs, 8.2/s, 0:07 left, loss 0.31 > attack 3/40`.
    func line(at time: Double, inner: some Collection<Work>, bar: (full: String, empty: String)?) -> String {
        line(at: time, within: inner.first, bar: bar) + inner.map { " > \($0.short)" }.joined()
    }

    /// `fit 45% ████░░░░ 45/100 epochs, 8.2/s, 0:07 left, loss 0.31`.
    func line(at time: Double, within inner: Work?, bar: (full: String, empty: String)?) -> String {
        let elapsed = max(time - started, 1e-9)
        // Half-done inner work counts for its part of a step, or a sweep of three hours would stand at 0 % for one.
        let progress = Double(done) + (inner?.fraction ?? 0)
        let fraction = total > 0 ? min(1, progress / Double(total)) : 0
        var parts: [String] = []
        if progress > 0 {
            parts.append(rateText(progress / elapsed))
            if total > 0 { parts.append(durationText(elapsed / fraction - elapsed) + " left") }
        }
        if !metric.isEmpty { parts.append(metric) }
        let drawn = bar.map { " " + bars(fraction, $0) } ?? ""
        let head = total > 0 ? "\(label) \(Int(fraction * 100))%\(drawn)" : label
        let details = ([counted] + parts).joined(separator: ", ")
        return "\(head) \(details)"
    }

    private var counted: String { (total > 0 ? "\(done)/\(total)" : "\(done)") + (unit.isEmpty ? "" : " \(unit)") }
    private var short: String { "\(label) \(counted)" + (metric.isEmpty ? "" : ", \(metric)") }
    private var fraction: Double { total > 0 ? min(1, Double(done) / Double(total)) : 0 }

    private func bars(_ fraction: Double, _ bar: (full: String, empty: String)) -> String {
        let width = 20, full = Int(fraction * Double(width))
        return String(repeating: bar.full, count: full) + String(repeating: bar.empty, count: width - full)
    }
}

/// `8.2/s`, or `3.1 s each` for slow work.
private func rateText(_ rate: Double) -> String {
    func short(_ value: Double) -> String {
        value >= 100 ? "\(Int(min(value, 1e15)))" : "\((value * 10).rounded() / 10)"
    }
    return rate >= 1 ? short(rate) + "/s" : short(1 / rate) + " s each"
}

/// `0:07`, `12:30`, `2:05:00`.
func durationText(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds.rounded(.up), 1e9)))
    let two = { (part: Int) in part < 10 ? "0\(part)" : "\(part)" }
    let minutes = whole / 60 % 60
    return whole >= 3600
        ? "\(whole / 3600):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
}

var localeIsUnicode: Bool {
    let name = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap(environmentVariable).first { !$0.isEmpty } ?? ""
    let lower = name.lowercased()
    return lower.hasSuffix("utf-8") || lower.hasSuffix("utf8")
}
