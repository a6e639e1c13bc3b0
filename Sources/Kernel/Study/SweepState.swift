import CSandbox
import Glibc

/// The finished cells of a sweep on disk: one JSON object a line, appended as each cell ends.
///
/// A cell is known by a digest of everything that decides it (model, attack, data, strength, seed), so one file can serve
/// a sweep that grew, and a changed model never takes an old answer. A line that a crash cut off is passed over.
final class SweepState {
    private let path: String
    private var cells: [String: [UInt8]] = [:]

    /// Reads what is there; a file that does not exist is an empty one.
    init(_ path: String) throws {
        self.path = path
        guard Files.isFile(path) else { return }
        let bytes = try Files.read(path, limit: 1 << 32)
        for line in bytes.split(separator: 0x0A) {
            guard let json = try? line.withUnsafeBytes({ try JSON(parsing: $0) }), let key = json["cell"]?.text,
                let count = json["examples"]?.int, let text = json["correct"]?.text,
                let outcomes = SweepState.unpack(text, count)
            else { continue }
            cells[key] = outcomes
        }
    }

    /// The outcomes of a cell, 1 where the answer is right.
    func outcomes(_ key: String, count: Int) -> [UInt8]? { cells[key].flatMap { $0.count == count ? $0 : nil } }

    /// Appends a cell in one write.
    /// - Throws: `KernelError.file`.
    func append(_ key: String, _ outcomes: [UInt8], about: [(String, JSON)]) throws {
        cells[key] = outcomes
        let fields =
            [("cell", JSON.text(key))] + about
            + [("examples", .int(outcomes.count)), ("correct", .text(SweepState.pack(outcomes)))]
        try Files.checkName(path)
        let file = box_open(Files.expanded(path), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw Files.failure(path, writing: true) }
        defer { close(file) }
        let line = Array((SweepState.endsMidLine(file) ? "\n" : "").utf8) + Array("\(JSON.object(fields))\n".utf8)
        guard write(file, line, line.count) == line.count, fsync(file) == 0 else { throw Files.failure(path) }
        FileLog.note(Files.expanded(path), .written)
    }

    private static func endsMidLine(_ file: Int32) -> Bool {
        var last: UInt8 = 0x0A
        let size = lseek(file, 0, SEEK_END)
        return size > 0 && pread(file, &last, 1, size - 1) == 1 && last != 0x0A
    }

    /// Eight outcomes in two hexadecimal digits, the first in the highest bit.
    static func pack(_ outcomes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var out: [UInt8] = []
        out.reserveCapacity((outcomes.count + 3) / 4)
        for start in stride(from: 0, to: outcomes.count, by: 4) {
            var nibble: UInt8 = 0
            for place in 0..<4 where start + place < outcomes.count && outcomes[start + place] != 0 {
                nibble |= 8 >> UInt8(place)
            }
            out.append(digits[Int(nibble)])
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func unpack(_ text: String, _ count: Int) -> [UInt8]? {
        let nibbles = text.utf8.map { character -> UInt8? in
            switch character {
            case 0x30...0x39: character - 0x30
            case 0x61...0x66: character - 0x61 + 10
            default: nil
            }
        }
        guard count >= 0, nibbles.count == (count + 3) / 4, !nibbles.contains(nil) else { return nil }
        return (0..<count).map { nibbles[$0 / 4]! >> UInt8(3 - $0 % 4) & 1 }
    }
}
