import CZMQ
import Glibc
import Kernel
import Synchronization

/// The kernel's sockets and the thread that they belong to.
///
/// The thread beside Lua's answers heartbeats, requests to interrupt and to shut down, and publishes output while a cell
/// or native work runs. Requests for Lua wait in `requests`, answers of the user in `answers`.
final class KernelPost: @unchecked Sendable {
    /// What Lua's thread has to do next.
    enum Task: Sendable {
        case request(KernelMessage)
        case end
    }

    private enum Command: Sendable {
        case send(ConnectionFile.Channel, KernelMessage)
        case close
    }

    let requests: Mailbox<Task>
    let answers: Mailbox<String>
    private let commands: Mailbox<Command>
    private let output: CapturedOutput
    private let zeroMQ: ZeroMQ
    private let context: ZeroMQ.Handle
    private let sockets: [ConnectionFile.Channel: KernelSocket]
    private let interrupt: Interruption
    private let ending = Atomic<Bool>(false), hasClosed = Atomic<Bool>(false)
    /// Whether Lua's thread should come back at once.
    var isEnding: Bool { ending.load(ordering: .acquiring) }
    private let parents: ParentWatch
    private var thread = pthread_t()

    private let wire: MessageWire

    /// The header of the cell that output belongs to. Both threads move output into the commands under this lock, so that
    /// what waits in the pipes was written after every command that waits.
    private let order = Mutex(JSON.empty)

    // The thread's own.
    private var reader: MessageReader
    private var firstWaiting: Double?
    /// When the process ends though Lua has not come back.
    private var deadline: Double?
    private var isClosed = false

    /// Output is published when it has waited so long, or is so much.
    private static let patience = 0.04, mostBytes = 1 << 16

    /// - Throws: `ZeroMQ.Failure`.
    init(
        _ connection: ConnectionFile, output: CapturedOutput, interrupt: Interruption,
        parents: ParentWatch = ParentWatch()
    ) throws {
        zeroMQ = try ZeroMQ()
        guard let requests = Mailbox<Task>(), let answers = Mailbox<String>(), let commands = Mailbox<Command>(),
            let context = zeroMQ.newContext()
        else { throw ZeroMQ.Failure(description: "no descriptors are left") }
        (self.requests, self.answers, self.commands, self.context) = (requests, answers, commands, context)
        (self.output, self.interrupt, self.parents) = (output, interrupt, parents)
        wire = MessageWire(key: connection.key)
        reader = MessageReader(wire.signature)
        var sockets: [ConnectionFile.Channel: KernelSocket] = [:]
        for channel in ConnectionFile.Channel.allCases {
            sockets[channel] = try KernelSocket(
                zeroMQ, context, kind: channel.kind, endpoint: connection.endpoint(of: channel))
        }
        self.sockets = sockets
    }

    // MARK: for Lua's thread

    /// Starts the thread. Signals are the other threads' business.
    func start() {
        var signals = sigset_t(), before = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        pthread_create(
            &thread, nil,
            { post in
                Unmanaged<KernelPost>.fromOpaque(post!).takeRetainedValue().serve()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
    }

    /// Sends what is under way and closes the sockets. A second time does nothing.
    func close() {
        guard !hasClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        order.withLock { cell in
            for command in gatherOutput(of: cell) { commands.put(command) }
            commands.put(.close)
        }
        pthread_join(thread, nil)
    }

    private static let current = Mutex<KernelPost?>(nil)

    /// Sees to it that what was written before a cell's `os.exit` arrives.
    func closeAtExit() {
        Self.current.withLock { $0 = self }
        atexit { KernelPost.current.withLock { $0 }?.close() }
    }

    /// Publishes to every client.
    func publish(_ kind: String, answering request: KernelMessage?, metadata: JSON = .empty, _ content: JSON) {
        send(.iopub, message(kind, answering: request, metadata: metadata, content))
    }

    /// Answers one client.
    func answer(
        _ request: KernelMessage, _ kind: String, on channel: ConnectionFile.Channel = .shell,
        metadata: JSON = .empty, _ content: JSON
    ) {
        send(channel, message(kind, to: request.identities, answering: request, metadata: metadata, content))
    }

    /// What is written from here on belongs to a request.
    func output(of request: KernelMessage) {
        order.withLock { cell in
            for command in gatherOutput(of: cell) { commands.put(command) }
            cell = request.header
        }
    }

    private func message(
        _ kind: String, to identities: [[UInt8]]? = nil, answering request: KernelMessage?, metadata: JSON,
        _ content: JSON
    ) -> KernelMessage {
        wire.message(
            kind, to: identities ?? [Array("kernel.\(wire.session).\(kind)".utf8)],
            answering: request?.header ?? .empty, metadata: metadata, content)
    }

    /// Sends a message behind everything that was written before. Waits when far more is to be sent than clients take.
    private func send(_ channel: ConnectionFile.Channel, _ message: KernelMessage) {
        order.withLock { cell in
            for command in gatherOutput(of: cell) { commands.put(command) }
            commands.put(.send(channel, message))
        }
        while commands.count > 5000 { usleep(1000) }
    }
}

// MARK: - The thread

extension KernelPost {
    private func serve() {
        publishNow("status", answering: nil, .object([("execution_state", .text("starting"))]))
        while !isClosed {
            wait()
            for command in nextCommands() { perform(command) }
            for channel in [ConnectionFile.Channel.hb, .control, .stdin, .shell] { receive(on: channel) }
            watch()
        }
        for socket in sockets.values { socket.close() }
        _ = zeroMQ.endContext(context)
    }

    private func wait() {
        var items = sockets.filter { $0.key != .iopub }.values.map { socket in
            zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0)
        }
        for descriptor in [commands.bell, output.output, output.errors] {
            items.append(zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        let next = firstWaiting.map { max(0, $0 + Self.patience - monotonicSeconds()) } ?? 0.5
        _ = zeroMQ.poll(&items, CInt(items.count), Int(next * 1000) + 1)
    }

    private func perform(_ command: Command) {
        switch command {
        case .send(let channel, let message): sockets[channel]?.send(wire.parts(of: message))
        case .close: isClosed = true
        }
    }

    private func receive(on channel: ConnectionFile.Channel) {
        guard let socket = sockets[channel] else { return }
        while let parts = socket.receive() {
            if channel == .hb {
                socket.send(parts)
                continue
            }
            do {
                handle(try reader.message(of: parts), from: channel)
            } catch {
                note("a message on the \(channel.rawValue) channel was refused: \(error)")
            }
        }
    }

    private func handle(_ message: KernelMessage, from channel: ConnectionFile.Channel) {
        switch (message.kind, channel) {
        case ("input_reply", .stdin): answers.put(message.content["value"]?.text ?? "")
        case (_, .stdin): note("\(message.kind) on the stdin channel is ignored")
        case ("interrupt_request", _):
            answerNow(message, channel, "interrupt_reply", .object([("status", .text("ok"))])) { interrupt.send() }
        case ("shutdown_request", _): shutDown(message, channel)
        case ("kernel_info_request", .control):
            answerNow(message, channel, "kernel_info_reply", KernelInformation.reply) {}
        case (_, .control): note("\(message.kind) on the control channel is ignored")
        default: requests.put(.request(message))
        }
    }

    private func shutDown(_ message: KernelMessage, _ channel: ConnectionFile.Channel) {
        let restart = message.content["restart"] ?? .flag(false)
        let content = JSON.object([("status", .text("ok")), ("restart", restart)])
        answerNow(message, channel, "shutdown_reply", content) {
            publishNow("shutdown_reply", answering: message, content)
        }
        end()
    }

    /// Calls Lua's thread back; what does not come is left behind.
    private func end() {
        guard deadline == nil else { return }
        deadline = monotonicSeconds() + 2
        ending.store(true, ordering: .releasing)
        requests.put(.end, isFirst: true)
        interrupt.send()
    }

    private func watch() {
        if parents.areGone { end() }
        if let deadline, monotonicSeconds() > deadline { _exit(0) }
    }

    private func answerNow(
        _ request: KernelMessage, _ channel: ConnectionFile.Channel, _ kind: String, _ content: JSON, _ body: () -> Void
    ) {
        publishNow("status", answering: request, .object([("execution_state", .text("busy"))]))
        body()
        sockets[channel]?.send(
            wire.parts(of: wire.message(kind, to: request.identities, answering: request.header, content)))
        publishNow("status", answering: request, .object([("execution_state", .text("idle"))]))
    }

    private func publishNow(_ kind: String, answering request: KernelMessage?, _ content: JSON) {
        sockets[.iopub]?.send(
            wire.parts(of: message(kind, answering: request, metadata: .empty, content)))
    }

    // MARK: output

    /// What is to be sent, with the output that has waited long enough behind it.
    private func nextCommands() -> [Command] {
        order.withLock { cell in
            let waiting = commands.takeAll()
            output.drain()
            guard output.waitingBytes > 0 else {
                firstWaiting = nil
                return waiting
            }
            let now = monotonicSeconds(), first = firstWaiting ?? now
            firstWaiting = first
            guard now - first >= Self.patience || output.waitingBytes >= Self.mostBytes else { return waiting }
            firstWaiting = nil
            return waiting + gatherOutput(of: cell, everything: false)
        }
    }

    private func gatherOutput(of cell: JSON, everything: Bool = true) -> [Command] {
        output.drain()
        return output.take(everything: everything).map { isError, text in
            let content = JSON.object([("name", .text(isError ? "stderr" : "stdout")), ("text", .text(text))])
            let topic = Array("kernel.\(wire.session).stream".utf8)
            return .send(.iopub, wire.message("stream", to: [topic], answering: cell, content))
        }
    }

    private func note(_ text: String) {
        let line = Array("assay kernel: \(text)\n".utf8)
        _ = line.withUnsafeBytes { write(output.log, $0.baseAddress, $0.count) }
    }
}

extension ConnectionFile.Channel {
    /// What kind of socket of ZeroMQ it is on the kernel's side.
    fileprivate var kind: CInt {
        switch self {
        case .shell, .control, .stdin: ZMQ_ROUTER
        case .iopub: ZMQ_PUB
        case .hb: ZMQ_REP
        }
    }
}
