import Glibc
import Kernel

/// Figures of a process that may not start gnuplot. It sends the figure as data; its parent checks them, draws, and sends
/// the picture back. No script of gnuplot's comes from the confined side.
enum SandboxDrawing {
    /// The confined side: asks and waits.
    static func ask(_ figure: Figure, _ format: Gnuplot.Terminal) throws -> [UInt8] {
        SandboxChild.report("draw", [("format", .text(format.rawValue)), ("figure", figure.json)])
        let head = try JSON(parsing: String(decoding: try line(), as: UTF8.self))
        if let reason = head["error"]?.text { throw KernelError.state(op: "plot", reason: reason) }
        return try take(head["bytes"]?.int ?? 0)
    }

    /// The other side: the answer to a request, whatever that is.
    static func answer(_ request: JSON) -> [UInt8] {
        do {
            guard let format = (request["format"]?.text).flatMap(Gnuplot.Terminal.init(rawValue:)) else {
                throw KernelError.state(op: "plot", reason: "no format of pictures")
            }
            let bytes = try Gnuplot.draw(Figure(json: request["figure"] ?? .null), on: format)
            return Array("\(JSON.object([("bytes", .int(bytes.count))]))\n".utf8) + bytes
        } catch let KernelError.state(_, reason) {
            return failure(reason)
        } catch {
            return failure("\(error)")
        }
    }

    private static func failure(_ reason: String) -> [UInt8] {
        Array("\(JSON.object([("error", .text(reason))]))\n".utf8)
    }

    private static func line() throws -> [UInt8] {
        var line: [UInt8] = []
        while true {
            let next = try take(1)
            if next[0] == UInt8(ascii: "\n") { return line }
            line += next
        }
    }

    private static func take(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count), done = 0
        while done < count {
            try Interrupt.check()
            let got = bytes.withUnsafeMutableBytes { read(SandboxChild.answers, $0.baseAddress! + done, count - done) }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw KernelError.state(op: "plot", reason: "nobody draws") }
            done += got
        }
        return bytes
    }
}
