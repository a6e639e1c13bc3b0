import Bindings
import Glibc
import Kernel
import Synchronization
import TestSupport
import Testing

@testable import Shell

/// The parts of a kernel that need no client: positions, texts, forms of values, history, progress.
@Suite struct KernelPartsTests {
    @Test("positions of clients are code points, ours bytes of UTF-8")
    func codePoints() {
        let text = CodePoints("aé😀b")
        #expect((0...5).map(text.utf8) == [0, 1, 3, 7, 8, 8])
        #expect(text.utf8(nil) == 8)
        #expect(text.utf8(-3) == 0)
        #expect([0, 1, 3, 7, 8, 99].map(text.count(upTo:)) == [0, 1, 2, 3, 4, 4])
        #expect(CodePoints("").utf8(2) == 0)
    }

    @Test("a character whose bytes have not all come waits for the others")
    func characters() {
        let text = Array("é😀".utf8)
        #expect((0...6).map { unfinishedCharacter(at: Array(text[..<$0])) } == [0, 1, 0, 1, 2, 3, 0])
        #expect(unfinishedCharacter(at: [0x80, 0x80, 0x80, 0x80]) == 0)
        #expect(unfinishedCharacter(at: [0x61, 0xff]) == 1)
        #expect(unfinishedCharacter(at: Array("abc".utf8)) == 0)
    }

    @Test("tables become HTML with everything escaped, numbers to the right")
    func tables() throws {
        let table = try JSON(
            parsing:
                #"{"title": "<i>", "columns": ["a&b", "n"], "rows": [["<script>", 1], [null, 0.5]], "note": "\"q\""}"#)
        #expect(
            tableHTML(table) == """
                <table>
                <caption>&lt;i&gt;</caption>
                <thead><tr><th>a&amp;b</th><th>n</th></tr></thead>
                <tbody>
                <tr><td style="text-align: left">&lt;script&gt;</td><td style="text-align: right">1</td></tr>
                <tr><td style="text-align: right"></td><td style="text-align: right">0.5</td></tr>
                </tbody>
                </table>
                <p>&quot;q&quot;</p>

                """)
        #expect(tableHTML(.int(3)) == nil)
    }

    @Test("a value goes as text, and as every other form that it has")
    func bundles() {
        let forms = ValueForms(
            text: "x", json: .null,
            media: [("image/png", [0, 255, 16]), ("image/svg+xml", Array("<svg/>".utf8)), ("application/x-npy", [1])])
        #expect(
            forms.bundle
                == .object([
                    ("text/plain", .text("x")), ("image/png", .text("AP8Q")), ("image/svg+xml", .text("<svg/>")),
                ]))
    }

    @Test("the history gives the last entries, a range by numbers, or what fits a pattern, each once if wanted")
    func history() throws {
        var cells = CellHistory(earlier: ["old", "x = 1"])
        cells.add(1, "x = 1", output: nil)
        cells.add(2, "x", output: "1")
        func found(_ question: String) throws -> [String] {
            cells.lines(HistoryQuestion(try JSON(parsing: question))).map { "\($0.session):\($0.number):\($0.input)" }
        }
        #expect(try found(#"{"hist_access_type": "tail", "n": 3}"#) == ["1:2:x = 1", "2:1:x = 1", "2:2:x"])
        #expect(try found(#"{"hist_access_type": "tail", "n": 9}"#).count == 4)
        #expect(try found(#"{"hist_access_type": "range", "session": 0, "start": 1, "stop": 2}"#) == ["2:1:x = 1"])
        #expect(try found(#"{"hist_access_type": "range", "session": 2, "start": 2}"#) == ["2:2:x"])
        for session in ["1", "-1"] {
            let range = #"{"hist_access_type": "range", "session": \#(session), "start": 2, "stop": 9}"#
            #expect(try found(range) == ["1:2:x = 1"])
        }
        #expect(try found(#"{"hist_access_type": "search", "pattern": "x*"}"#).count == 3)
        #expect(
            try found(#"{"hist_access_type": "search", "pattern": "x*", "unique": true}"#) == ["2:1:x = 1", "2:2:x"])
        #expect(try found("{}").count == 4)
        #expect(cells.lines.last?.output == "1")
    }

    @Test("a cell's request has the defaults of the protocol")
    func requests() throws {
        let usual = CellRequest(try JSON(parsing: #"{"code": "1"}"#))
        #expect(usual.code == "1" && usual.isStored && !usual.isSilent && usual.mayAsk && usual.stopsOnError)
        let silent = CellRequest(
            try JSON(parsing: #"{"code": "1", "silent": true, "store_history": true, "allow_stdin": false}"#))
        #expect(silent.isSilent && !silent.isStored && !silent.mayAsk)
    }

    @Test("progress is one display that is updated in place, and says at last how the work ended")
    func progress() {
        let time = Mutex(0.0), seen = Mutex<[(kind: String, text: String, name: String, html: String)]>([])
        let progress = DisplayedProgress { time.withLock { $0 } }
        progress.publish { kind, content in
            let data = content["data"], name = content["transient"]?["display_id"]?.text ?? ""
            seen.withLock {
                $0.append((kind, data?["text/plain"]?.text ?? "", name, data?["text/html"]?.text ?? ""))
            }
        }
        progress.begin("short", total: 2, unit: "steps")
        time.withLock { $0 += 0.9 }
        progress.advance(to: 2, metric: "")
        progress.end()
        #expect(seen.withLock { $0.count } == 0)
        progress.begin("fit", total: 4, unit: "epochs")
        for done in 1...3 {
            time.withLock { $0 += 1 }
            progress.begin("inner", total: 9, unit: "")
            progress.advance(to: 9, metric: "")
            progress.end()
            progress.advance(to: done, metric: "loss < 1")
        }
        progress.end()
        let shown = seen.withLock { $0 }
        #expect(shown.first?.kind == "display_data")
        #expect(shown.dropFirst().allSatisfy { $0.kind == "update_display_data" } && shown.count > 2)
        #expect(Set(shown.map(\.name)).count == 1)
        #expect(shown.last?.text == "fit 3/4 ended after 0:03")
        #expect(shown.last?.html == "<progress value=\"3\" max=\"4\"></progress> <code>fit 3/4 ended after 0:03</code>")
        #expect(shown.allSatisfy { !$0.text.contains("\u{1b}") && !$0.text.contains("\r") })
    }

    @Test("the subject at a place is the name there as far as the cursor's part, else the function that is called")
    func subjects() throws {
        let interpreter = try Interpreter()
        interpreter.topics = { Reference.shellTopics }
        try interpreter.execute("net = nn.mlp{4, 2}")
        let table: [(text: String, at: Int, subject: String?)] = [
            ("tensor.zeros(2)", 9, "tensor.zeros"), ("tensor.zeros(2)", 3, "tensor"),
            ("tensor.zeros(2)", 12, "tensor.zeros"),
            ("x = net:fit(", 9, "net:fit"), ("x = net:fit(", 12, "net:fit"), ("tensor.zeros(2, ", 16, "tensor.zeros"),
            (":whos", 3, ":whos"), ("nosuch", 3, nil), ("", 0, nil), ("x = 1 + ", 8, nil),
            ("-- é tensor", 12, "tensor"),
        ]
        for (text, place, subject) in table {
            #expect(interpreter.subject(in: text, at: place) == subject, "\(text) at \(place)")
        }
    }

    @Test("the library is looked for when a kernel starts, and a machine without it is told what to install")
    func library() {
        #expect(
            throws: ZeroMQ.Failure(
                description: "libnone.so.5 cannot be loaded; install the package libzmq5 (apt-get install libzmq5)")
        ) {
            try ZeroMQ(library: "libnone.so.5")
        }
        #expect(throws: ZeroMQ.Failure(description: "libc.so.6 has no function zmq_ctx_new; version 4 is needed")) {
            try ZeroMQ(library: "libc.so.6")
        }
    }

    @Test("an interrupt reaches the cell that runs, or the one that waits; while nothing is to be done it is void")
    func interruption() {
        let sent = Mutex(0), interruption = Interruption { sent.withLock { $0 += 1 } }
        func count() -> Int { sent.withLock { $0 } }
        interruption.send()
        #expect(!interruption.sendKept(isWaiting: false))
        interruption.isRunning = true
        #expect(!interruption.sendKept(isWaiting: false) && count() == 0)
        interruption.send()
        #expect(count() == 1)
        interruption.isRunning = false
        interruption.send()
        #expect(interruption.sendKept(isWaiting: true))
        interruption.isServing = true
        #expect(interruption.sendKept(isWaiting: false) && count() == 1)
        interruption.isRunning = true
        #expect(!interruption.sendKept(isWaiting: false) && count() == 2)
        #expect(!interruption.sendKept(isWaiting: true) && count() == 2)
        interruption.isRunning = false
        interruption.send()
        interruption.isServing = false
        #expect(!interruption.sendKept(isWaiting: false) && count() == 2)
    }

    @Test("the processes that started a kernel are watched when they say who they are")
    func parents() throws {
        #expect(!ParentWatch(parent: getppid(), client: nil).areGone)
        #expect(!ParentWatch(parent: getppid(), client: "1").areGone)
        #expect(!ParentWatch(parent: getppid(), client: "\(getpid())").areGone)
        #expect(ParentWatch(parent: getppid() + 1, client: "\(getpid())").areGone)
        #expect(!ParentWatch(parent: getppid() + 1, client: nil).areGone)
        let child = try Child("/bin/sleep", ["60"], environment: [:], streams: [])
        let watch = ParentWatch(parent: getppid(), client: "\(child.pid)")
        #expect(!watch.areGone)
        child.signal(SIGKILL)
        #expect(child.wait() == 137)
        #expect(watch.areGone)
    }
}
