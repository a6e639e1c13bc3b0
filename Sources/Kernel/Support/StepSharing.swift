import Synchronization

/// Whether equal steps of work are divided among the threads or made by one alone, by what either took lately.
///
/// Small steps gain from a second thread only while its processor is idle and near: on a virtual machine it may stand for
/// minutes on a core that shares no cache, and a step that took 72 us on two threads then takes 140, against 87 alone
/// (`docs/performance.md`, "Two processors"). No clock of the machine tells; so the other way is tried for a few steps,
/// and the faster one is kept until the next trial. Only for work with the same bits on any number of threads.
struct StepSharing {
    /// Whether steps are divided at present.
    private(set) var isShared = true
    private var phase = Phase.settled
    /// Steps until the next trial, and at the end of this stretch.
    private var left = StepSharing.shortest, stretch = StepSharing.shortest
    private var settled = Mean(), tried = Mean()

    private enum Phase { case settled, trying(Int) }
    private struct Mean {
        var sum = 0.0, count = 0
        var value: Double { sum / Double(max(1, count)) }
        mutating func add(_ seconds: Double) { (sum, count) = (sum + seconds, count + 1) }
    }

    /// Steps between two trials: at first, and when the last ones changed nothing. They cost half a percent then.
    static let shortest = 32, longest = 512
    /// Steps of a trial. The first wakes a thread or fetches what lies in the other's cache, and does not count.
    static let trial = 4
    /// The other way must take at most so much of the time.
    static let margin = 0.95

    /// Runs one step, on all threads or on one.
    mutating func run<R>(_ step: () throws -> R) rethrows -> R {
        guard Workers.count > 1, !Workers.isDeterministic else { return try step() }
        let isShared = isNextShared, start = monotonicSeconds()
        let result = try isShared ? step() : Workers.alone(step)
        note(monotonicSeconds() - start)
        return result
    }

    /// Whether the next step is to be divided.
    var isNextShared: Bool {
        if case .trying = phase { !isShared } else { isShared }
    }

    /// Learns what that step took.
    mutating func note(_ seconds: Double) {
        switch phase {
        case .settled:
            settled.add(seconds)
            left -= 1
            if left == 0 { (phase, tried) = (.trying(0), Mean()) }
        case .trying(let done):
            if done > 0 { tried.add(seconds) }
            phase = .trying(done + 1)
            if done + 1 == StepSharing.trial { judge() }
        }
    }

    private mutating func judge() {
        let isBetter = tried.value < StepSharing.margin * settled.value
        stretch = isBetter ? StepSharing.shortest : min(4 * stretch, StepSharing.longest)
        if isBetter { isShared.toggle() }
        (phase, left, settled) = (.settled, stretch, Mean())
    }
}

extension StepSharing {
    private static let remembered = Mutex<(work: [Int], sharing: StepSharing)?>(nil)

    /// What was learned by the last run of the same work, so that many short runs do not each learn it anew.
    static func lately(_ work: [Int]) -> StepSharing {
        remembered.withLock { $0.flatMap { $0.work == work ? $0.sharing : nil } } ?? StepSharing()
    }
    static func remember(_ sharing: StepSharing, _ work: [Int]) {
        remembered.withLock { $0 = (work, sharing) }
    }
}
