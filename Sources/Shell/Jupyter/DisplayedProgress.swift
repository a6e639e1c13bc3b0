import Kernel
import Synchronization

/// Long work in a notebook: a display that is updated in place while the work goes on, for work that takes longer than a
/// second. No control characters, and one output however long it takes.
final class DisplayedProgress: ProgressSink {
    typealias Publish = @Sendable (_ kind: String, _ content: JSON) -> Void

    private let display: Display
    /// Knows what to say and when.
    private let bar: ProgressBar

    init(clock: @escaping @Sendable () -> Double = monotonicSeconds) {
        let display = Display(clock)
        self.display = display
        bar = ProgressBar(style: .init(columns: nil, patience: 1, interval: 0.25), clock: clock) { line in
            display.show(line.hasSuffix("\n") ? String(line.dropLast()) : line)
        }
    }

    /// Where displays go from here on; nil for nowhere.
    func publish(to publish: Publish?) { display.publish(to: publish) }

    func begin(_ label: String, total: Int, unit: String) {
        display.begin(label, total: total)
        bar.begin(label, total: total, unit: unit)
    }

    func advance(to done: Int, metric: String) {
        display.advance(to: done)
        bar.advance(to: done, metric: metric)
    }

    func end() {
        bar.end()
        display.end()
    }
}

/// What a client shows of the outermost work.
private final class Display: Sendable {
    private struct State {
        var publish: DisplayedProgress.Publish?
        /// How far the outermost work is, and how many pieces of work are nested.
        var done = 0, total = 0, depth = 0
        var label = ""
        var started = 0.0
        /// The name of the display, once there is one, and how many there were.
        var name: String?
        var count = 0
    }
    private let state = Mutex(State())
    private let prefix = MessageWire.freshName()
    private let clock: @Sendable () -> Double

    init(_ clock: @escaping @Sendable () -> Double) { self.clock = clock }

    func publish(to publish: DisplayedProgress.Publish?) { state.withLock { $0.publish = publish } }

    func begin(_ label: String, total: Int) {
        state.withLock { state in
            state.depth += 1
            guard state.depth == 1 else { return }
            (state.done, state.total, state.label, state.started) = (0, total, label, clock())
        }
    }

    func advance(to done: Int) { state.withLock { if $0.depth == 1 { $0.done = done } } }

    /// The last update says how the work ended.
    func end() {
        let ending = state.withLock { state -> String? in
            state.depth -= 1
            guard state.depth == 0, state.name != nil else { return nil }
            let isWhole = state.total == 0 || state.done >= state.total
            let count = state.total > 0 ? " \(state.done)/\(state.total)" : ""
            return
                "\(state.label)\(count) \(isWhole ? "done in" : "ended after") \(durationText(clock() - state.started))"
        }
        guard let ending else { return }
        show(ending)
        state.withLock { $0.name = nil }
    }

    func show(_ line: String) {
        let (publish, kind, content) = state.withLock { state -> (DisplayedProgress.Publish?, String, JSON) in
            let isNew = state.name == nil
            if isNew {
                state.count += 1
                state.name = "\(prefix)-\(state.count)"
            }
            return (state.publish, isNew ? "display_data" : "update_display_data", shown(line, state))
        }
        publish?(kind, content)
    }

    private func shown(_ line: String, _ state: State) -> JSON {
        var data = [("text/plain", JSON.text(line))]
        if state.total > 0 {
            let bar = "<progress value=\"\(min(state.done, state.total))\" max=\"\(state.total)\"></progress>"
            data.append(("text/html", .text("\(bar) <code>\(escapedHTML(line))</code>")))
        }
        return .object([
            ("data", .object(data)), ("metadata", .empty),
            ("transient", .object([("display_id", .text(state.name ?? ""))])),
        ])
    }
}
