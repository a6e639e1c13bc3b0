import Bindings
import Glibc
import Kernel

/// The talk with a confined process. Whatever it sends is taken as coming from an enemy: counted, checked, and never
/// waited for beyond the deadline.
struct SandboxConversation {
    private let process: SandboxProcess
    private let limits: SandboxLimits
    /// Seconds from the moment when the process is closed until it is killed.
    private let time: Double
    private var isSealed = false
    private var output = VisibleStream(), errors = VisibleStream()
    private var reports: [UInt8] = []
    private var answer: [UInt8] = []
    private var written = 0, reported = 0, drawn = 0
    private var open: [Int32]
    private var end: (status: ExitStatus, reason: String)?
    private var stop: Sandbox.Result?
    private var deadline: Double
    private var interrupts = 0

    /// Bytes of all reports together, and pictures, at most.
    private static let mostReports = 1 << 30, mostPictures = 1000

    init(process: SandboxProcess, _ request: SandboxRequest) {
        (self.process, limits) = (process, request.limits)
        time = request.limits.run.seconds + request.work.grace
        open = [process.output, process.errors, process.reports]
        deadline = monotonicSeconds() + Sandbox.mostStartUp + time
    }

    mutating func run(_ deliver: (Sandbox.Event) -> Void) -> Sandbox.Result {
        while !open.isEmpty, stop == nil {
            hearInterrupt()
            if monotonicSeconds() > deadline { stop = limit("time") }
            step(deliver)
        }
        deliver(.output(output.finish()))
        deliver(.errors(errors.finish()))
        if let stop { return stop }
        // It may have closed its streams and go on.
        while !process.hasEnded {
            hearInterrupt()
            if monotonicSeconds() > deadline { return limit("time") }
            usleep(2000)
        }
        return result(ofStatus: process.wait())
    }

    /// Ctrl-C goes to the process, which has some time to send what it has.
    private mutating func hearInterrupt() {
        guard Interrupt.isRequested, interrupts == 0 else { return }
        interrupts = 1
        process.signal(SIGINT)
        deadline = min(deadline, monotonicSeconds() + 5)
    }

    private mutating func step(_ deliver: (Sandbox.Event) -> Void) {
        var waited = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        if !answer.isEmpty { waited.append(pollfd(fd: process.answers, events: Int16(POLLOUT), revents: 0)) }
        guard poll(&waited, nfds_t(waited.count), 100) > 0 else { return }
        for entry in waited where entry.revents != 0 {
            if entry.fd == process.answers { sendAnswer() } else { take(from: entry.fd, deliver) }
        }
    }

    private mutating func take(from descriptor: Int32, _ deliver: (Sandbox.Event) -> Void) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count > 0 else { return open.removeAll { $0 == descriptor } }
        let bytes = chunk[..<count]
        if descriptor == process.reports { return takeReports(bytes, deliver) }
        written += count
        if written > limits.output { stop = limit("output") }
        deliver(descriptor == process.output ? .output(output.add(bytes)) : .errors(errors.add(bytes)))
    }

    // MARK: reports

    private mutating func takeReports(_ bytes: ArraySlice<UInt8>, _ deliver: (Sandbox.Event) -> Void) {
        reported += bytes.count
        if reported > SandboxConversation.mostReports { stop = limit("output") }
        reports += bytes
        guard bytes.contains(UInt8(ascii: "\n")) else { return }
        let lines = reports.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        reports = Array(lines.last ?? [])
        for line in lines.dropLast() {
            guard let json = try? line.withUnsafeBytes({ try JSON(parsing: $0) }) else { continue }
            take(report: json, deliver)
        }
    }

    private mutating func take(report: JSON, _ deliver: (Sandbox.Event) -> Void) {
        switch report["event"]?.text {
        case "sealed":
            if !isSealed { deadline = min(deadline, monotonicSeconds() + time) }  // only the first was not a script's
            isSealed = true
            deliver(.sealed(report["layers"] ?? .null))
        case "denied":
            deliver(.denied(what: report["what"]?.text ?? "", name: report["name"]?.text ?? ""))
        case "draw":
            drawn += 1
            if drawn > SandboxConversation.mostPictures { stop = limit("output") } else { draw(report) }
        case "end":
            let status = report["status"]?.int.flatMap { ExitStatus(rawValue: Int32(clamping: $0)) }
            end = (status ?? .luaError, VisibleText.escaped(report["reason"]?.text ?? ""))
        default: deliver(.report(report))
        }
    }

    private mutating func draw(_ request: JSON) {
        answer += SandboxDrawing.answer(request)
        sendAnswer()
    }

    private mutating func sendAnswer() {
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        let sent = answer.withUnsafeBytes { send(process.answers, $0.baseAddress, $0.count, flags) }
        if sent > 0 { answer.removeFirst(sent) } else if errno != EAGAIN, errno != EINTR { answer = [] }
    }

    // MARK: the end

    private func limit(_ name: String) -> Sandbox.Result {
        if interrupts > 0, name == "time" { return Sandbox.Result(status: .interrupted) }
        return Sandbox.Result(status: .resourceLimit, limit: name)
    }

    private func result(ofStatus status: Int32) -> Sandbox.Result {
        let signal = status & 0x7F
        if signal == 0, let end {
            if end.status == .resourceLimit, let limit = Limit(rawValue: end.reason) {
                return self.limit(limit.rawValue)
            }
            return Sandbox.Result(status: end.status, reason: end.reason)
        }
        switch (signal, status >> 8 & 0xFF) {
        case (0, ExitStatus.resourceLimit.rawValue): return limit("memory")
        case (SIGXFSZ, _): return limit("file size")
        case (SIGXCPU, _), (SIGKILL, _): return limit("time")
        case (0, let code):
            return Sandbox.Result(status: .luaError, reason: "the sandboxed process ended with code \(code)")
        default:
            return Sandbox.Result(status: .luaError, reason: "the sandboxed process was ended by signal \(signal)")
        }
    }
}
