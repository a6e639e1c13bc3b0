import Kernel
import Synchronization

/// Long work in a notebook: a display that is updated in place while the work goes on, for work that takes longer than a
/// second. No control characters, and one output however long it takes.
final class DisplayedProgress: ProgressSink {
    typealias Publish = @Sendable (_ kind: String, _ content: JSON) -> Void

    private struct State {
        var publish: Publish?
        /// How far the outermost work is.
        var done = 0, total = 0
        var label = ""
        var depth = 0
        var started = 0.0
        /// The display of the work that goes on, and how many there were.
        var display: String?
        var count = 0
    }
    private let state = Mutex(State())
    private let prefix: String
    private let clock: @Sendable () -> Double
    /// Knows what to say and when.
    private var bar: ProgressBar { barBox.withLock { $0! } }
    private let barBox = Mutex<ProgressBar?>(nil)

    init(clock: @escaping @Sendable () -> Double = monotonicSeconds) {
        (prefix, self.clock) = (MessageWire.freshName(), clock)
        let bar = ProgressBar(style: .init(columns: nil, patience: 1, interval: 0.25), clock: clock) { [weak self] line in
            self?.show(line.hasSuffix("\n") ? String(line.dropLast()) : line)
        }
        barBox.withLock { $0 = bar }
    }

    /// Where displays go from here on; nil for nowhere.
    func publish(to publish: Publish?) { state.withLock { $0.publish = publish } }

    func begin(_ label: String, total: Int, unit: String) {
        state.withLock { state in
            state.depth += 1
            guard state.depth == 1 else { return }
            (state.done, state.total, state.label, state.started) = (0, total, label, clock())
        }
        bar.begin(label, total: total, unit: unit)
    }

    func advance(to done: Int, metric: String) {
        state.withLock { if $0.depth == 1 { $0.done = done } }
        bar.advance(to: done, metric: metric)
    }

    /// The last update of the display says how the work ended.
    func end() {
        bar.end()
        let ended = state.withLock { state -> String? in
            state.depth -= 1
            guard state.depth == 0, state.display != nil else { return nil }
            let isWhole = state.total == 0 || state.done >= state.total
            let count = state.total > 0 ? " \(state.done)/\(state.total)" : ""
            return "\(state.label)\(count) \(isWhole ? "done in" : "ended after") \(durationText(clock() - state.started))"
        }
        guard let ended else { return }
        show(ended)
        state.withLock { $0.display = nil }
    }

    private func show(_ line: String) {
        let (publish, kind, content) = state.withLock { state -> (Publish?, String, JSON) in
            let isNew = state.display == nil
            if isNew {
                state.count += 1
                state.display = "\(prefix)-\(state.count)"
            }
            var data = [("text/plain", JSON.text(line))]
            if state.total > 0 { data.append(("text/html", .text(html(line, state.done, of: state.total)))) }
            let content = JSON.object([
                ("data", .object(data)), ("metadata", .empty),
                ("transient", .object([("display_id", .text(state.display ?? ""))])),
            ])
            return (state.publish, isNew ? "display_data" : "update_display_data", content)
        }
        publish?(kind, content)
    }

    private func html(_ line: String, _ done: Int, of total: Int) -> String {
        "<progress value=\"\(min(done, total))\" max=\"\(total)\"></progress> <code>\(escapedHTML(line))</code>"
    }
}
