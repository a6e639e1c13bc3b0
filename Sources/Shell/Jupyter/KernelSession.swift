import Bindings
import Glibc
import Kernel

/// A notebook's side of a conversation: does what clients ask Lua for, one request after the other.
final class KernelSession {
    let conversation: Conversation
    let post: KernelPost
    private let interruption: Interruption
    /// The number of the last cell that counted.
    private(set) var count = 0
    /// What the cell that runs answers to, nil between cells.
    private(set) var current: KernelMessage?
    /// Whether the client of that cell answers questions.
    private(set) var mayAsk = false
    private let progress: DisplayedProgress
    private(set) var cells: CellHistory

    var evaluator: Evaluator { conversation.evaluator }
    var interpreter: Interpreter { conversation.interpreter }

    init(_ interpreter: Interpreter, _ post: KernelPost, _ interruption: Interruption, history: HistoryFile?) {
        (self.post, self.interruption) = (post, interruption)
        progress = DisplayedProgress()
        let lines = AskedLines(), evaluator = Evaluator(interpreter, progress: progress)
        conversation = Conversation(evaluator: evaluator, lines: lines, history: history)
        conversation.recallEarlier()
        cells = CellHistory(earlier: conversation.earlier)
        evaluator.colours = { true }
        lines.session = self
        lines.becomeStandardInput()
    }

    /// Serves until a client shuts the kernel down, or the user leaves.
    func run() -> ExitStatus {
        while case .request(let message) = post.requests.take() {
            interruption.isServing = true
            InterruptHandler.clear()
            publishState("busy", message)
            handle(message)
            publishState("idle", message)
            interruption.isServing = false
            if let farewell = conversation.farewell { return farewell }
        }
        return .ok
    }

    private func publishState(_ state: String, _ message: KernelMessage) {
        post.publish("status", answering: message, .object([("execution_state", .text(state))]))
    }

    private func handle(_ message: KernelMessage) {
        let content = message.content
        switch message.kind {
        case "execute_request": execute(message, CellRequest(content))
        case "kernel_info_request": post.answer(message, "kernel_info_reply", KernelInformation.reply)
        case "complete_request": post.answer(message, "complete_reply", completion(content))
        case "inspect_request": post.answer(message, "inspect_reply", inspection(content))
        case "is_complete_request": post.answer(message, "is_complete_reply", completeness(content))
        case "history_request": post.answer(message, "history_reply", history(content))
        case "comm_info_request":
            post.answer(message, "comm_info_reply", .object([("status", .text("ok")), ("comms", .empty)]))
        case "comm_open":  // there is nothing here to talk to
            post.publish(
                "comm_close", answering: message,
                .object([("comm_id", content["comm_id"] ?? .null), ("data", .empty)]))
        default: break  // the protocol wants unknown messages passed over
        }
    }

    // MARK: cells

    private func execute(_ message: KernelMessage, _ cell: CellRequest) {
        let number = count + 1
        post.output(of: message)
        if !cell.isSilent {
            post.publish(
                "execute_input", answering: message,
                .object([("code", .text(cell.code)), ("execution_count", .int(number))]))
        }
        var result: String?
        let ending = perform(cell, message, number, &result)
        if cell.isStored, !cell.code.allSatisfy(\.isWhitespace) {
            count = number
            cells.add(number, cell.code, output: result)
        }
        var reply = ending.reply(number)
        if case .done = ending { reply.append(JSON.Field("user_expressions", values(of: cell.expressions))) }
        let payload = conversation.farewell.map { _ in
            JSON.object([("source", .text("ask_exit")), ("keepkernel", .flag(false))])
        }
        reply.append(JSON.Field("payload", .list(payload.map { [$0] } ?? [])))
        let aborted = ending.isDone || !cell.stopsOnError ? [] : waitingCells()
        post.answer(message, "execute_reply", metadata: ending.metadata, .object(reply))
        for cell in aborted { abort(cell) }
    }

    private func perform(
        _ cell: CellRequest, _ message: KernelMessage, _ number: Int, _ result: inout String?
    ) -> CellEnding {
        var ending = CellEnding.done, text: String?
        let post = post
        (current, mayAsk) = (message, cell.mayAsk)
        evaluator.presents = { [self] forms, isResult in
            if isResult { text = forms.text }
            if !cell.isSilent { present(forms, number: isResult ? number : nil, message) }
        }
        interpreter.showObserver = { [self] forms in
            if !cell.isSilent { present(forms, number: nil, message) }
        }
        evaluator.fails = { error, text in
            ending = CellEnding(error, text)
            if !cell.isSilent { post.publish("error", answering: message, .object(ending.fields)) }
        }
        let publish: DisplayedProgress.Publish = { kind, content in post.publish(kind, answering: message, content) }
        progress.publish(to: cell.isSilent ? nil : publish)
        whileRunning { _ = conversation.perform(cell: cell.code, number: cell.isStored ? number : nil) }
        (evaluator.presents, evaluator.fails, interpreter.showObserver) = (nil, nil, nil)
        (current, mayAsk, result) = (nil, false, text)
        AskedLines.dropRest()
        return ending
    }

    /// Lets clients interrupt what runs.
    private func whileRunning(_ body: () -> Void) {
        evaluator.begins = { [interruption] in interruption.isRunning = true }
        body()
        interruption.isRunning = false
        evaluator.begins = nil
        fflush(nil)
    }

    /// A value to a client: the result of the cell with its number, otherwise what it showed on the way.
    private func present(_ forms: ValueForms, number: Int?, _ message: KernelMessage) {
        var content: [(String, JSON)] = [("data", forms.bundle), ("metadata", .empty)]
        if let number { content.append(("execution_count", .int(number))) }
        post.publish(number == nil ? "display_data" : "execute_result", answering: message, .object(content))
    }

    /// The cells that wait behind a failed one. A client that sends several at once gets a moment to have sent them all:
    /// it cannot know of the failure yet.
    private func waitingCells() -> [KernelMessage] {
        usleep(20_000)
        let waiting = post.requests.takeAll()
        var cells: [KernelMessage] = []
        for task in waiting {
            if case .request(let message) = task, message.kind == "execute_request" {
                cells.append(message)
            } else {
                post.requests.put(task)
            }
        }
        return cells
    }

    private func abort(_ message: KernelMessage) {
        publishState("busy", message)
        let status = JSON.object([("status", .text("aborted"))])
        post.answer(
            message, "execute_reply", metadata: status,
            .object([("status", .text("aborted")), ("execution_count", .int(count))]))
        publishState("idle", message)
    }

    /// What the client wants to know when the cell is done.
    private func values(of expressions: [JSON.Field]) -> JSON {
        .object(expressions.map { JSON.Field($0.name, value(of: $0.value.text ?? "")) })
    }

    private func value(of expression: String) -> JSON {
        do {
            InterruptHandler.clear()
            interruption.isRunning = true
            defer { interruption.isRunning = false }
            let forms = try interpreter.forms(ofExpression: expression)
            return .object([("status", .text("ok")), ("data", forms.bundle), ("metadata", .empty)])
        } catch {
            return .object(CellEnding(error, "\(error)").reply(nil))
        }
    }

    // MARK: questions to the user

    /// Asks the user for a line.
    func ask(_ prompt: String) -> LineAnswer {
        guard let current, mayAsk else { return .end }
        fflush(nil)
        _ = post.answers.takeAll()
        post.answer(
            current, "input_request", on: .stdin,
            .object([("prompt", .text(prompt)), ("password", .flag(false))]))
        let answer = post.answers.take { !Interrupt.isRequested && !post.isEnding }
        return answer.map(LineAnswer.line) ?? .interrupted
    }
}

/// What a client asks for with a cell.
struct CellRequest {
    let code: String
    let isSilent: Bool
    /// Whether the cell counts, and is kept in the history.
    let isStored: Bool
    let expressions: [JSON.Field]
    let mayAsk: Bool
    let stopsOnError: Bool

    init(_ content: JSON) {
        func flag(_ name: String, or fallback: Bool) -> Bool {
            content[name].map { $0 == .flag(true) } ?? fallback
        }
        code = content["code"]?.text ?? ""
        isSilent = flag("silent", or: false)
        isStored = !isSilent && flag("store_history", or: true)
        expressions = content["user_expressions"]?.object ?? []
        mayAsk = flag("allow_stdin", or: true)
        stopsOnError = flag("stop_on_error", or: true)
    }
}

/// How a cell ended.
enum CellEnding: Equatable {
    case done
    case failed(kind: String, message: String, lines: [String])

    /// - Parameter text: what the user reads of the error.
    init(_ error: any Error, _ text: String) {
        let failure = Failure(error)
        self = .failed(
            kind: failure.kind, message: failure.message,
            lines: text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
    }

    var isDone: Bool { self == .done }

    /// What `error` messages and replies say.
    var fields: [JSON.Field] {
        guard case .failed(let kind, let message, let lines) = self else { return [] }
        return [
            JSON.Field("ename", .text(kind)), JSON.Field("evalue", .text(message)),
            JSON.Field("traceback", .list(lines.map(JSON.text))),
        ]
    }

    func reply(_ number: Int?) -> [JSON.Field] {
        [JSON.Field("status", .text(isDone ? "ok" : "error"))]
            + (number.map { [JSON.Field("execution_count", .int($0))] } ?? []) + fields
    }
    var metadata: JSON { .object([("status", .text(isDone ? "ok" : "error"))]) }
}
