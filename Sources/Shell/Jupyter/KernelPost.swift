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

    enum Command: Sendable {
        case send(ConnectionFile.Channel, KernelMessage)
        case close
    }

    let requests: Mailbox<Task>
    let answers: Mailbox<String>
    let commands: Mailbox<Command>
    let output: CapturedOutput
    let zeroMQ: ZeroMQ
    let context: ZeroMQ.Handle
    let sockets: [ConnectionFile.Channel: KernelSocket]
    let interrupt: Interruption
    let ending = Atomic<Bool>(false), hasClosed = Atomic<Bool>(false)
    /// Whether Lua's thread should come back at once.
    var isEnding: Bool { ending.load(ordering: .acquiring) }
    let parents: ParentWatch
    private var thread: SideThread?

    let wire: MessageWire

    /// The header of the cell that output belongs to. Both threads move output into the commands under this lock, so that
    /// what waits in the pipes was written after every command that waits.
    let order = Mutex(JSON.empty)

    // The thread's own.
    var reader: MessageReader
    var firstWaiting: Double?
    /// When the process ends though Lua has not come back.
    var deadline: Double?
    var isClosed = false

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

    /// Starts the thread.
    func start() throws {
        thread = SideThread { self.serve() }
        if thread == nil { throw ZeroMQ.Failure(description: "no more threads are left") }
    }

    /// Sends what is under way and closes the sockets. A second time does nothing.
    func close() {
        guard !hasClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        order.withLock { cell in
            for command in gatherOutput(of: cell) { commands.put(command) }
            commands.put(.close)
        }
        thread?.join()
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

    func message(
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
