import CZMQ
import Glibc
import Kernel

extension KernelPost {
    func serve() {
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
        let usual = interrupt.sendKept(isWaiting: requests.count > 0) ? 0.005 : 0.5
        let next = min(usual, firstWaiting.map { max(0, $0 + Self.patience - monotonicSeconds()) } ?? usual)
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

}

// MARK: - Output

extension KernelPost {
    /// Output is published when it has waited so long, or is so much.
    private static let patience = 0.04, mostBytes = 1 << 16

    /// What is to be sent, with the output that has waited long enough behind it.
    fileprivate func nextCommands() -> [Command] {
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

    func gatherOutput(of cell: JSON, everything: Bool = true) -> [Command] {
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
