import Glibc
import Kernel

/// Chromium without a window, driven over a pair of pipes by its own protocol (JSON messages, each ended by a zero byte).
/// No port is opened. Every name and address leads to a dead end, and each attempt to reach one is written down.
public final class Browser {
    /// The program, if the machine has one.
    public static let program: String? = ["chromium", "chromium-browser", "google-chrome"]
        .flatMap { name in ["/usr/bin/", "/usr/local/bin/", "/snap/bin/"].map { $0 + name } }
        .first { access($0, X_OK) == 0 }

    /// Requests that the page made, by their addresses, the page itself and what is inside it (`data:`) left out.
    public private(set) var requests: [String] = []
    /// What the console would show: errors, warnings, refusals of the policy.
    public private(set) var complaints: [String] = []

    private let child: Child
    private let toChild: Int32, fromChild: Int32
    private let profile: TemporaryDirectory
    private var next = 1, buffer: [UInt8] = []
    private var session = ""
    private var hasLoaded = false, opened = "about:blank"

    public init() throws {
        profile = try TemporaryDirectory()
        let (down, up) = (try Self.pipe(), try Self.pipe())
        let arguments = [
            "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=\(profile.path)", "--hide-scrollbars",
            "about:blank",
        ]
        var environment = Assay.environment(home: profile.path)
        environment["XDG_CONFIG_HOME"] = profile.path
        child = try Child(
            Browser.program ?? "/usr/bin/chromium", arguments, environment: environment,
            streams: [
                (0, .path("/dev/null")), (1, .path("/dev/null")), (2, .path("/dev/null")), (3, .descriptor(down[0])),
                (4, .descriptor(up[1])),
            ])
        (toChild, fromChild) = (down[1], up[0])
        close(down[0])
        close(up[1])
        let target = try call("Target.createTarget", ["url": .text("about:blank")])["targetId"] ?? .null
        session =
            try call("Target.attachToTarget", ["targetId": target, "flatten": .flag(true)])["sessionId"]?.text ?? ""
        for domain in ["Page", "Log", "Runtime", "Network"] { _ = try call("\(domain).enable") }
    }

    deinit {
        close(toChild)
        close(fromChild)
        child.signal(SIGTERM)
        _ = child.wait(timeout: 5)
    }

    /// Far from the descriptors that the child gets, so that none is overwritten before it is copied.
    private static func pipe() throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw ChildError(text: "no pipe: \(String(cString: strerror(errno)))") }
        return ends.map { end in
            defer { close(end) }
            return fcntl(end, F_DUPFD_CLOEXEC, 100)
        }
    }

    /// Opens a page and waits until it is loaded, pictures included.
    public func open(_ address: String) throws {
        (hasLoaded, opened) = (false, address)
        _ = try call("Page.navigate", ["url": .text(address)])
        let deadline = now() + 60
        while !hasLoaded, now() < deadline { try receive(until: deadline) }
        _ = try evaluate("new Promise(r => setTimeout(() => r(1), 300))")
    }

    /// The value of an expression in the page.
    public func evaluate(_ expression: String) throws -> JSON {
        let answer = try call(
            "Runtime.evaluate",
            [
                "expression": .text(expression), "returnByValue": .flag(true), "awaitPromise": .flag(true),
                "allowUnsafeEvalBlockedByCSP": .flag(false),
            ])
        return answer["result"]?["value"] ?? .null
    }

    /// Sets the size of the window, and which colours the user prefers.
    public func show(width: Int, height: Int, isDark: Bool = false, scale: Double = 1) throws {
        _ = try call(
            "Emulation.setDeviceMetricsOverride",
            [
                "width": .int(width), "height": .int(height), "deviceScaleFactor": .number(scale),
                "mobile": .flag(width < 600),
            ])
        let preference = JSON.object([
            ("name", .text("prefers-color-scheme")), ("value", .text(isDark ? "dark" : "light")),
        ])
        _ = try call("Emulation.setEmulatedMedia", ["features": .list([preference])])
    }

    /// A picture (PNG) of the window, or of the whole page, in base64.
    public func picture(ofWholePage isWhole: Bool = false) throws -> String {
        try call("Page.captureScreenshot", ["captureBeyondViewport": .flag(isWhole)])["data"]?.text ?? ""
    }

    /// The page on paper (PDF), in base64.
    public func paper() throws -> String {
        try call("Page.printToPDF", ["preferCSSPageSize": .flag(false)])["data"]?.text ?? ""
    }

    /// Calls a method of the protocol.
    @discardableResult
    public func call(_ method: String, _ parameters: [String: JSON] = [:]) throws -> JSON {
        let id = next
        next += 1
        var fields: [(String, JSON)] = [
            ("id", .int(id)), ("method", .text(method)),
            ("params", .object(parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })),
        ]
        if !session.isEmpty { fields.append(("sessionId", .text(session))) }
        try send(JSON.object(fields).description)
        let deadline = now() + 60
        while now() < deadline {
            let message = try receive(until: deadline)
            guard message["id"]?.int == id else { continue }
            if let error = message["error"] { throw ChildError(text: "\(method): \(error)") }
            return message["result"] ?? .null
        }
        throw ChildError(text: "\(method): no answer")
    }
}

// MARK: - messages

extension Browser {
    private func send(_ text: String) throws {
        var bytes = (Array(text.utf8) + [0])[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(toChild, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ChildError(text: "the browser has gone") }
            bytes = bytes.dropFirst(count)
        }
    }

    @discardableResult
    private func receive(until deadline: Double) throws -> JSON {
        while true {
            if let end = buffer.firstIndex(of: 0) {
                let message = try JSON(parsing: String(decoding: buffer[..<end], as: UTF8.self))
                buffer.removeSubrange(...end)
                notice(message)
                return message
            }
            var poll = pollfd(fd: fromChild, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&poll, 1, Int32(max(0, 1000 * (deadline - now())))) > 0 else {
                throw ChildError(text: "the browser is silent")
            }
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = read(fromChild, &chunk, chunk.count)
            guard count > 0 else { throw ChildError(text: "the browser has gone") }
            buffer += chunk[..<count]
        }
    }

    private func notice(_ message: JSON) {
        let parameters = message["params"] ?? .null
        switch message["method"]?.text {
        case "Page.loadEventFired": hasLoaded = true
        case "Log.entryAdded": complaints.append(parameters["entry"]?["text"]?.text ?? "\(parameters)")
        case "Runtime.consoleAPICalled", "Runtime.exceptionThrown": complaints.append("\(parameters)")
        case "Network.requestWillBeSent":
            let address = parameters["request"]?["url"]?.text ?? ""
            if !address.hasPrefix("data:"), address != opened { requests.append(address) }
        default: break
        }
    }
}
