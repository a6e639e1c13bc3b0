import Glibc

/// A program on a terminal of its own, as a person would use it: text is typed, the screen is read.
public final class PseudoTerminal {
    private let master: Int32
    public let child: Child
    /// What has come and has not been asked for, without escape sequences, lines ended by `\n`.
    public private(set) var pending = ""
    private var raw: [UInt8] = []
    private var model: ScreenModel
    private var unshown: [UInt8] = []
    /// Everything that came, for the report of a failed expectation.
    public private(set) var transcript = ""

    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String],
        rows: UInt16 = 24, columns: UInt16 = 120
    ) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        model = ScreenModel(rows: Int(rows), columns: Int(columns))
        guard master >= 0 else { throw ChildError(text: "/dev/ptmx: \(String(cString: strerror(errno)))") }
        // What unlockpt and ptsname do, which glibc's headers show to X/Open sources alone: TIOCSPTLCK and TIOCGPTN.
        var locked: Int32 = 0
        var number: Int32 = 0
        _ = ioctl(master, 0x4004_5431, &locked)
        _ = ioctl(master, 0x8004_5430, &number)
        let path = "/dev/pts/\(number)"
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        // Opened as standard input by a new session, the terminal becomes its controlling one: Ctrl-C is a signal.
        child = try Child(
            program, arguments, environment: environment,
            streams: [(0, .path(path)), (1, .descriptor(0)), (2, .descriptor(0))], newSession: true)
    }

    deinit {
        child.signal(SIGKILL)
        _ = child.wait()
        close(master)
    }

    /// Types the text as it stands; `\u{3}` is Ctrl-C, `\u{4}` Ctrl-D.
    public func type(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Types a line and Enter.
    public func enter(_ line: String) { type(line + "\r") }

    /// Reads until `text` has come and returns what stood before it; throws with the screen when it does not come.
    @discardableResult
    public func read(until text: String, timeout: Double = 10) throws -> String {
        let deadline = now() + timeout
        while true {
            if let range = pending.firstRange(of: text) {
                let before = String(pending[..<range.lowerBound])
                pending.removeSubrange(..<range.upperBound)
                return before
            }
            guard now() < deadline, fill(wait: deadline - now()) else {
                throw ChildError(text: "'\(text)' did not come within \(timeout) s; the screen was:\n\(transcript)")
            }
        }
    }

    /// What the terminal shows of what has been read so far.
    public var screen: ScreenModel {
        model.feed(unshown)
        unshown = []
        return model
    }

    /// Reads until the screen is as described; throws with the screen when it does not become so.
    @discardableResult
    public func show(_ what: String, timeout: Double = 10, _ condition: (ScreenModel) -> Bool) throws -> ScreenModel {
        let deadline = now() + timeout
        while !condition(screen) {
            guard now() < deadline, fill(wait: deadline - now()) else {
                throw ChildError(text: "\(what) was not shown within \(timeout) s; the screen was:\n\(screen.text)")
            }
        }
        return screen
    }

    /// Reads until the last lines of the screen are these, without blanks at their ends.
    @discardableResult
    public func show(_ lines: String..., timeout: Double = 10) throws -> ScreenModel {
        try show(lines.joined(separator: "\n"), timeout: timeout) { $0.lines.suffix(lines.count).elementsEqual(lines) }
    }

    /// Changes the size of the window, as its user does.
    public func resize(rows: UInt16, columns: UInt16) {
        _ = screen
        model.resize(rows: Int(rows), columns: Int(columns))
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// Waits for the program to end, reading what it still writes, and gives its code.
    public func waitForExit(timeout: Double = 10) -> Int {
        let deadline = now() + timeout
        while now() < deadline, fill(wait: deadline - now()) {}
        return child.wait(timeout: max(0, deadline - now()))
    }

    /// Whether the terminal echoes and waits for whole lines, as a program finds it and should leave it.
    public var isCooked: Bool {
        var mode = termios()
        tcgetattr(master, &mode)
        return mode.c_lflag & tcflag_t(ICANON | ECHO) == tcflag_t(ICANON | ECHO)
    }

    /// Waits for output; false when none came in the time or the terminal was closed.
    private func fill(wait: Double) -> Bool {
        var source = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
        guard poll(&source, 1, Int32(max(0, wait) * 1000)) > 0 else { return false }
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(master, &chunk, chunk.count)
        guard count > 0 else { return false }
        raw += chunk[..<count]
        unshown += chunk[..<count]
        let plain = withoutEscapes()
        pending = appended(plain, to: pending)
        transcript = appended(plain, to: transcript)
        return true
    }

    /// Adds what came; a redrawn line takes the place of the line before it, as on a screen.
    private func appended(_ plain: String, to text: String) -> String {
        var text = text
        for (number, part) in plain.split(separator: redraw, omittingEmptySubsequences: false).enumerated() {
            if number > 0 {
                text.removeSubrange((text.lastIndex(of: "\n").map(text.index(after:)) ?? text.startIndex)...)
            }
            text += part
        }
        return text
    }
    /// Stands in the plain text where a line began to be redrawn.
    private let redraw: Character = "\u{18}"

    /// Takes from `raw` what is complete, leaving out `ESC [ ... letter`, bells and carriage returns; a carriage return
    /// followed by `ESC [ K` redraws the line.
    private func withoutEscapes() -> String {
        var plain: [UInt8] = []
        var index = 0
        while index < raw.count {
            let byte = raw[index]
            if byte == 0x0d {
                let following = raw[(index + 1)...].prefix(3)
                if following.count < 3, following.elementsEqual(clearLine.prefix(following.count)) { break }
                if following.elementsEqual(clearLine) {
                    plain.append(0x18)
                    index += 4
                    continue
                }
            }
            if byte == 0x1b {
                guard let end = escapeEnd(from: index) else { break }
                index = end
                continue
            }
            if byte != 0x0d, byte != 0x07 { plain.append(byte) }
            index += 1
        }
        raw.removeFirst(index)
        return String(decoding: plain, as: UTF8.self)
    }

    private let clearLine: [UInt8] = [0x1b, UInt8(ascii: "["), UInt8(ascii: "K")]

    /// The index after the escape sequence that begins here, nil when it has not come whole.
    private func escapeEnd(from start: Int) -> Int? {
        guard start + 1 < raw.count else { return nil }
        guard raw[start + 1] == UInt8(ascii: "[") else { return start + 2 }
        let final = raw[(start + 2)...].firstIndex { (0x40...0x7e).contains($0) }
        return final.map { $0 + 1 }
    }
}
