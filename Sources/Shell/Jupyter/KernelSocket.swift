import CZMQ

/// One socket of a kernel. It belongs to the thread that uses it first.
struct KernelSocket: @unchecked Sendable {
    private let zeroMQ: ZeroMQ
    let handle: ZeroMQ.Handle

    /// Messages that are larger are refused, with the connection that sent them.
    private static let mostBytes: Int64 = 1 << 28

    /// A socket of a kind such as `ZMQ_ROUTER`, bound to an endpoint.
    /// - Throws: `ZeroMQ.Failure` that names the endpoint.
    init(_ zeroMQ: ZeroMQ, _ context: ZeroMQ.Handle, kind: CInt, endpoint: String) throws {
        guard let handle = zeroMQ.newSocket(context, kind) else { throw zeroMQ.failure }
        (self.zeroMQ, self.handle) = (zeroMQ, handle)
        set(ZMQ_LINGER, 1000 as CInt)
        set(ZMQ_MAXMSGSIZE, Self.mostBytes)
        if endpoint.contains("[") { set(ZMQ_IPV6, 1 as CInt) }
        // A client that comes back under its old name gets its answers.
        if kind == ZMQ_ROUTER { set(ZMQ_ROUTER_HANDOVER, 1 as CInt) }
        guard zeroMQ.bind(handle, endpoint) == 0 else {
            let reason = zeroMQ.failure
            close()
            throw ZeroMQ.Failure(description: "cannot listen on \(endpoint): \(reason)")
        }
    }

    func close() { _ = zeroMQ.closeSocket(handle) }

    /// The parts of the next message, nil when there is none.
    func receive() -> [[UInt8]]? {
        var parts: [[UInt8]] = [], part = zmq_msg_t(), hasMore = true
        while hasMore {
            guard zeroMQ.beginPart(&part) == 0 else { return nil }
            defer { _ = zeroMQ.endPart(&part) }
            guard zeroMQ.receivePart(&part, handle, ZMQ_DONTWAIT) >= 0 else { return nil }
            parts.append(Array(UnsafeRawBufferPointer(start: zeroMQ.partBytes(&part), count: zeroMQ.partSize(&part))))
            hasMore = zeroMQ.partHasMore(&part) != 0
        }
        return parts
    }

    /// Sends a message; one to a client that has gone is dropped.
    func send(_ parts: [[UInt8]]) {
        for (place, part) in parts.enumerated() {
            let flags = place + 1 < parts.count ? ZMQ_SNDMORE | ZMQ_DONTWAIT : ZMQ_DONTWAIT
            let sent = part.withUnsafeBytes { zeroMQ.send(handle, $0.baseAddress, $0.count, flags) }
            if sent < 0 { return }
        }
    }

    private func set<T>(_ option: CInt, _ value: T) {
        withUnsafeBytes(of: value) { _ = zeroMQ.setOption(handle, option, $0.baseAddress, $0.count) }
    }
}
