import Glibc
import Kernel
import TestSupport
import Testing

@testable import Shell

/// The kernel as Jupyter's own client finds it.
@Suite(
    .enabled(if: JupyterClient.python != nil, "no jupyter_client here: scripts/notebook-tools installs it"), .serialized
)
struct KernelClientTests {
    @Test("cells show values, print in order, keep locals, count, and explain their errors")
    func cells() throws {
        let cells = try JupyterClient.cells(
            "1 + 1",
            "print('a') io.stderr:write('b\\n') print('c') io.write('d') io.stderr:write('e') io.write('f\\n');",
            "local x = 20\nlocal function f() return x + 1 end", "f(), x", "f();", "", "  \n", "x = 3", "Out[1], In[4]",
            "local t = nil\nreturn t.field", "error({1})", "x = = 1", "os.execute('echo from a child');",
            "print('é\\xff')")
        #expect(cells.map(\.status).filter { $0 == "error" }.count == 3)
        #expect(cells[0].lines == ["execute_result 2"])
        #expect(cells[1].lines == ["stdout a\n", "stderr b\n", "stdout c\nd", "stderr e", "stdout f\n"])
        #expect(cells[2].lines == [])
        #expect(cells[3].lines == ["display_data 21", "execute_result 20"])
        #expect(cells[4].lines == [])
        #expect(cells.map { $0.reply["execution_count"]?.int } == [1, 2, 3, 4, 5, 6, 6, 6, 7, 8, 9, 10, 11, 12])
        #expect(cells[8].lines == ["display_data 2", "execute_result \"f(), x\""])
        #expect(
            cells[9].reply["traceback"]?.list?.compactMap(\.text).joined(separator: "\n") == """
                In[8]:2: attempt to index a nil value (global 't')
                  \u{1b}[2m1 | \u{1b}[0mlocal t = nil
                \u{1b}[31m> \u{1b}[0m\u{1b}[2m2 | \u{1b}[0mreturn t.field
                             \u{1b}[31m^\u{1b}[0m
                """)
        #expect(cells[9].reply["ename"]?.text == "error")
        #expect(cells[9].reply["evalue"]?.text == "attempt to index a nil value (global 't')")
        #expect(cells[9].outputs.last?.list?.first?.text == "error")
        #expect(cells[10].reply["traceback"]?.list?.contains(.text("    value: {1}")) == true)
        #expect(cells[11].reply["ename"]?.text == "syntax")
        #expect(cells[12].lines == ["stdout from a child\n"])
        #expect(cells[13].lines == ["stdout é\u{fffd}\n"])
    }

    @Test("?name and the prompt's commands work in cells; exit leaves")
    func commands() throws {
        let cells = try JupyterClient.cells(
            "x = tensor.zeros(2)", "?x:sum", ":whos", ":time 6 * 7", ":timeit -n 2 -r 2\nlocal y = 1", "??x", ":nosuch",
            ":help pwd", "name = $ printf abc", "name", "$ echo shell")
        #expect(cells[1].lines.first?.hasPrefix("stdout Tensor:sum(") == true)
        #expect(cells[2].lines.first?.contains("x     Tensor") == true)
        #expect(cells[3].lines.first == "execute_result 42")
        #expect(cells[3].lines.last?.hasPrefix("stdout wall ") == true)
        #expect(cells[4].lines.first?.contains("(2 repeats of 2 loops)") == true)
        #expect(cells[5].status == "ok")
        #expect(cells[6].reply["evalue"]?.text == "no command :nosuch; :help lists them")
        #expect(cells[7].lines.first?.hasPrefix("stdout :pwd\n") == true)
        #expect(cells[9].lines == ["execute_result \"abc\""])
        #expect(cells[10].lines == ["stdout shell\n"])
        let left = try JupyterClient.play("leaving")
        #expect(left["gone"] == .flag(true))
        #expect(left["reply"]?["payload"]?.list?.first?["source"]?.text == "ask_exit")
    }

    @Test("a silent cell publishes no value and does not count; one that is not stored does not count either")
    func silent() throws {
        let cells = try JupyterClient.cells([
            ("y = 5 print('said') return y", .object([("silent", .flag(true))])),
            ("y + 1", .object([("store_history", .flag(false))])), ("y", .empty), ("In[1]", .empty),
        ])
        #expect(cells[0].lines == ["stdout said\n"])
        #expect(cells[0].outputs.count == 1)
        #expect(cells[1].lines == ["execute_result 6"])
        #expect(cells.map { $0.reply["execution_count"]?.int } == [1, 1, 1, 2])
        #expect(cells[3].lines == ["execute_result \"y\""])
    }

    @Test("figures come as SVG, pictures as PNG, tables as HTML, show in the order of what is printed")
    func rich() throws {
        let cells = try JupyterClient.cells(
            """
            s = study.sweep{models = {net = nn.mlp{784, 10}}, attack = attack.fgsm{}, eps = linspace(0, 0.3, 3),
              data = data.glyphs{n = 10, test = 40}.test, seed = 1}
            s:plot{x = 'eps', y = 'accuracy', by = 'model'}
            """, "s", "tensor.rand({1, 8, 8}, {seed = 1})", "tensor.rand({1, 8, 8}, {seed = 1}):show()",
            "tensor.arange(1, 5)", "show({1, 2}) print('p') show('<b>') 7", "{{a = 1, b = '<x>'}, {a = 2, b = 'y'}}")
        #expect(cells.allSatisfy { $0.status == "ok" })
        let svg = cells[0].forms["image/svg+xml"]?.text ?? ""
        #expect(svg.hasPrefix("<?xml") && svg.contains("<svg") && svg.contains("</svg>"))
        #expect(cells[0].forms["text/plain"]?.text?.contains("fgsm on glyphs/test") == true)
        #expect(cells[1].forms["text/html"]?.text?.contains("<th>net</th>") == true)
        for cell in cells[2...3] {
            #expect(cell.forms["image/png"]?.text?.hasPrefix("iVBORw0KGgo") == true)
            #expect(cell.forms["text/plain"]?.text?.isEmpty == false)
        }
        #expect(cells[4].forms.object?.map(\.name) == ["text/plain"])
        #expect(cells[4].lines == ["execute_result Tensor [5] int64, 1 to 5, mean 3, std 1.581\n{1, 2, 3, 4, 5}"])
        #expect(
            cells[5].lines == ["display_data {1, 2}", "stdout p\n", "display_data \"<b>\"", "execute_result 7"])
        #expect(cells[6].forms["text/html"]?.text?.contains("&lt;x&gt;") == true)
    }

    @Test("output arrives while the cell goes on")
    func live() throws {
        let code = """
            local function busy() local t = os.clock() while os.clock() < t + 0.4 do end end
            print('one') busy() io.write('two') busy()
            """
        let times = try JupyterClient.play("live", input: .text(code)).list ?? []
        #expect(times.map { $0.list?[1].text } == ["one\n", "two"])
        let (first, second) = (seconds(times[0].list?[0]), seconds(times[1].list?[0]))
        #expect(second - first > 0.3)
    }

    @Test("loops of Lua, attacks and reading end within a second of an interrupt, with everything intact")
    func interrupts() throws {
        let seen = try JupyterClient.play("interrupts")
        for name in ["loop", "attack"] {
            #expect(seen[name]?["reply"]?["ename"]?.text == "interrupted", "\(name)")
        }
        for name in ["loop", "attack", "child"] { #expect(seconds(seen[name]?["seconds"]) < 1, "\(name)") }
        #expect(
            seen["attack"]?["reply"]?["traceback"]?.list?.first?.text
                == "interrupted; the unfinished AttackResult is in _")
        #expect(JupyterClient.Cell(seen["after"] ?? .null).lines == ["display_data 42", "execute_result true"])
        #expect(JupyterClient.Cell(seen["again"] ?? .null).lines == ["execute_result 2"])
        let signal = try JupyterClient.play("signals")
        #expect(signal["reply"]?["ename"]?.text == "interrupted")
        #expect(JupyterClient.Cell(signal["after"] ?? .null).lines == ["execute_result \"here\""])
    }

    @Test("the heart beats while Lua and while native work keep their thread busy")
    func heartbeat() throws {
        let seen = try JupyterClient.play("heartbeat")
        for name in ["lua", "native"] {
            #expect(seen[name]?["trips"]?.int == 10, "\(name)")
            #expect(seconds(seen[name]?["longest"]) < 1, "\(name)")
            #expect(seen[name]?["reply"]?.text == "error", "\(name)")
        }
    }

    /// One conversation for two tests.
    private static let questions = Result { try JupyterClient.play("questions") }

    @Test("names are completed and explained, and code is known to be whole, unfinished or wrong")
    func questions() throws {
        let seen = try Self.questions.get()
        let complete = seen["complete"] ?? .null
        #expect(complete["matches"] == .list([.text("pgd")]))
        #expect(complete["cursor_start"]?.int == 11 && complete["cursor_end"]?.int == 13)
        let type = complete["metadata"]?["_jupyter_types_experimental"]?.list?.first
        #expect(type?["type"]?.text == "function" && type?["start"]?.int == 11 && type?["end"]?.int == 13)
        #expect(seen["member"]?["matches"] == .list([.text("quantize")]))
        #expect(seen["command"]?["matches"] == .list([.text("time "), .text("timeit ")]))
        #expect(seen["inside"]?["matches"] == .list([.text("tensor")]))
        #expect(seen["inside"]?["cursor_end"]?.int == 4)
        for name in ["inspect", "call"] {
            #expect(seen[name]?["data"]?["text/plain"]?.text?.hasPrefix("tensor.zeros(shape...,") == true, "\(name)")
            #expect(seen[name]?["data"]?["text/markdown"]?.text?.hasPrefix("## tensor.zeros") == true, "\(name)")
        }
        #expect(
            seen["text"]?["data"]?["text/plain"]?.text
                == "-- defined in In[1], lines 3 to 5\n-- doubles\nfunction twice(x)\n  return 2 * x\nend")
        #expect(seen["help"]?["data"]?["text/plain"]?.text?.hasPrefix(":whos [pattern]") == true)
        #expect(seen["nothing"]?["found"] == .flag(false))
        let whole = seen["whole"]?.list?.map { "\($0["status"]?.text ?? "") \(($0["indent"]?.text ?? "").count)" }
        #expect(
            whole == [
                "complete 0", "incomplete 2", "incomplete 4", "invalid 0", "complete 0", "complete 0", "incomplete 0",
                "incomplete 0",
            ])
    }

    @Test("the kernel says what it is, what was entered, and what expressions are worth")
    func information() throws {
        let seen = try Self.questions.get()
        let info = seen["info"] ?? .null
        #expect(info["protocol_version"]?.text == "5.3")
        #expect(info["implementation"]?.text == "assay")
        #expect(info["language_info"]?["name"]?.text == "lua")
        #expect(info["language_info"]?["file_extension"]?.text == ".lua")
        #expect(seen["comms"]?["comms"] == .empty)
        let entered = JSON.text("net = nn.mlp{4, 2}\n-- doubles\nfunction twice(x)\n  return 2 * x\nend")
        #expect(seen["history"]?["history"] == .list([.list([.int(2), .int(1), entered])]))
        #expect(seen["range"]?["history"] == .list([.list([.int(2), .int(1), .list([entered, .null])])]))
        #expect(seen["search"]?["history"] == seen["history"]?["history"])
        let values = seen["expressions"]?["user_expressions"]
        #expect(values?["good"]?["data"]?["text/plain"]?.text == "8")
        #expect(values?["bad"]?["status"]?.text == "error")
        #expect(values?["bad"]?["evalue"]?.text == "attempt to index a nil value (global 'nosuch')")
    }

    @Test(
        "io.read asks the user of the client in all its formats, :debug too; a client that takes no questions is said")
    func inputs() throws {
        func cell(_ code: String, _ answers: [String], allowed: Bool = true) -> JSON {
            .list([.text(code), .list(answers.map(JSON.text)), .flag(allowed)])
        }
        let seen = try JupyterClient.play(
            "inputs",
            input: .list([
                cell("a = io.read() b = io.read('n') rest = io.read('l') return a, b, rest", ["one", "12 x"]),
                cell(
                    "for line in io.lines() do if line == '' then break end print('<' .. line .. '>') end",
                    ["é", "b", ""]),
                cell("io.read()", [], allowed: false), cell("error('x')", []), cell(":debug", [":locals", ":q"]),
            ]))
        let cells = (seen["cells"]?.list ?? []).map(JupyterClient.Cell.init)
        let prompts = seen["cells"]?.list?.map { ($0["prompts"]?.list ?? []).compactMap(\.text) }
        #expect(prompts == [["", ""], ["", "", ""], [], [], ["debug[1]> ", "debug[1]> "]])
        #expect(cells[0].lines == ["display_data \"one\"", "display_data 12", "execute_result \" x\""])
        #expect(cells[1].lines.joined() == "stdout <é>\nstdout <b>\n" || cells[1].lines == ["stdout <é>\n<b>\n"])
        #expect(
            cells[2].lines.first == "stderr assay: this client does not answer questions, so nothing can be read\n")
        #expect(cells[4].lines.last == "stdout no variables\n")
        #expect(seen["interrupted"]?["ename"]?.text == "interrupted")
        #expect(JupyterClient.Cell(seen["after"] ?? .null).lines == ["execute_result 4"])
    }

    @Test("cells that wait behind a failed one are given up, unless the client wants them to go on")
    func queued() throws {
        let seen = try JupyterClient.play("queued")
        #expect(seen["stopped"]?.list?.map { $0["status"]?.text } == ["error", "aborted", "aborted"])
        #expect(seen["going"] == .list([.text("error"), .text("ok")]))
        #expect(
            JupyterClient.Cell(seen["after"] ?? .null).lines == [
                "display_data nil", "display_data nil", "execute_result 3",
            ])
    }

    @Test("restart and shutdown work while a cell runs, and leave no process behind")
    func restart() throws {
        let seen = try JupyterClient.play("restarting")
        #expect(seconds(seen["seconds"]) < 10)
        #expect(seen["old"] == .flag(false))
        #expect(JupyterClient.Cell(seen["after"] ?? .null).lines == ["execute_result nil"])
        #expect(seen["gone"] == .flag(true))
        #expect(seen["code"]?.int == 0)
    }

    @Test("os.exit in a cell ends the kernel with its code, and what was written before arrives")
    func exit() throws {
        let seen = try JupyterClient.play("exiting")
        let written = JupyterClient.Cell(.object([("outputs", seen["outputs"] ?? .null)])).lines
        #expect(written.map { $0.dropFirst("stdout ".count) }.joined() == "last\nwords")
        #expect(seen["gone"] == .flag(true))
        #expect(seen["code"]?.int == 3)
    }

    @Test("a kernel whose client was killed ends, whatever it is doing")
    func orphan() throws {
        let seen = try JupyterClient.play("orphan")
        #expect(seen["before"] == .flag(true))
        #expect(seen["gone"] == .flag(true))
    }

    @Test("messages with a wrong signature, without one, changed or sent twice are ignored; the kernel goes on")
    func forging() throws {
        let seen = try JupyterClient.play("forging")
        #expect(seen["answered"]?.int == 1)
        #expect(
            JupyterClient.Cell(seen["after"] ?? .null).lines == [
                "display_data 1", "display_data nil", "display_data nil", "display_data nil", "execute_result nil",
            ])
        let refused = "assay kernel: a message on the shell channel was refused: "
        let reasons = ["its signature is wrong", "its signature is wrong", "its signature is wrong", "it came before"]
        #expect(
            seen["log"]?.list?.compactMap(\.text)
                == (reasons + ["it has no <IDS|MSG>", "it has too few parts"]).map { refused + $0 })
    }

    @Test("the kernel listens on the loopback address alone")
    func listening() throws {
        #expect(try JupyterClient.play("listening") == .list(Array(repeating: .text("0100007F"), count: 5)))
    }

    @Test(
        "nbconvert runs a notebook, and Jupytext one in the percent format, with a figure, a tensor and a table, and keeps their forms"
    )
    func nbconvert() throws {
        let seen = try JupyterClient.play("notebook")
        #expect(seen["code"]?.int == 0, "\(seen)")
        let cells = seen["cells"]?.list ?? []
        #expect(cells.count == 4)
        #expect(cells[0]["stdout"]?.text == "sum\t10\n")
        #expect(cells[1]["types"] == .list([.text("image/svg+xml"), .text("text/plain")]))
        #expect(cells[2]["types"] == .list([.text("text/plain")]))
        #expect(cells[2]["text"]?.text == "Tensor [2, 2] int64, 1 to 4, mean 2.5, std 1.291\n{{1, 2},\n {3, 4}}")
        #expect(cells[3]["types"] == .list([.text("text/html"), .text("text/plain")]))
        #expect(seen["jupytext"] == .list([.int(0), .text("42")]))
        #expect(seen["failing"]?.list == [.int(1), .flag(true)])
    }

    private func seconds(_ json: JSON?) -> Double {
        switch json {
        case .number(let number)?: number
        case .int(let int)?: Double(int)
        default: .infinity
        }
    }
}
