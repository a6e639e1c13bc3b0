import Bindings
import Kernel

/// What a cell puts out, in order, as its record has it; with the files of its values by their digests.
struct CellOutputs {
    private(set) var outputs: [RunRecord.Output] = []
    private(set) var blobs: [String: [UInt8]] = [:]
    /// Warnings of the evaluations that were shown.
    private(set) var warnings: [String] = []
    /// The stream that is being written, since a character may come in two parts.
    private var open: (isError: Bool, bytes: [UInt8])?
    /// Bytes of text that were kept, and those beyond what a record holds.
    private var kept = 0, dropped = 0, rest = Digest()

    /// Bytes of text that a record holds of one cell.
    static let mostText = 4 << 20
    /// Bytes of a tensor that is kept beside the record.
    static let mostTensor = 16 << 20

    mutating func append(isError: Bool, _ bytes: [UInt8]) {
        if open?.isError != isError {
            closeStream()
            open = (isError, [])
        }
        let room = max(0, Self.mostText - kept), part = bytes.prefix(room)
        kept += part.count
        open?.bytes.append(contentsOf: part)
        guard part.count < bytes.count else { return }
        dropped += bytes.count - part.count
        bytes[part.count...].withUnsafeBytes { try? rest.add($0) }
    }

    mutating func append(_ forms: ValueForms) {
        closeStream()
        var value = RunRecord.ShownValue(text: forms.text, value: forms.json.canonical, table: forms.table?.canonical)
        if let tensor = forms.tensor, let fields = try? fields(of: tensor) { value.value = fields.canonical }
        for medium in forms.media { keep(medium.bytes, medium.type, in: &value) }
        if let tensor = forms.tensor, tensor.bytes <= Self.mostTensor, let bytes = try? NumPy.bytes(of: tensor) {
            keep(bytes, "application/x-npy", in: &value)
        }
        warnings += forms.json["warnings"]?.list?.compactMap(\.text) ?? []
        outputs.append(.value(value))
    }

    mutating func append(error text: String, message: String) {
        closeStream()
        outputs.append(.error(text: text, message: message))
    }

    /// Takes what an earlier run put out.
    mutating func replay(
        _ kept: [RunRecord.Output], _ files: [(sha256: String, bytes: [UInt8])], _ warnings: [String]
    ) {
        closeStream()
        outputs += kept
        for (digest, bytes) in files { blobs[digest] = bytes }
        self.warnings += warnings
    }

    /// Ends the text that is being written.
    mutating func closeStream() {
        if let open, !open.bytes.isEmpty {
            outputs.append(.stream(isError: open.isError, text: String(decoding: open.bytes, as: UTF8.self).recordable))
        }
        open = nil
    }

    /// Nothing more comes: says how much text was left out.
    mutating func finish() {
        closeStream()
        guard dropped > 0 else { return }
        let text = "... \(dropped) bytes more, SHA-256 \(rest.finish())\n"
        outputs.append(.stream(isError: false, text: text))
        dropped = 0
    }

    private mutating func keep(_ bytes: [UInt8], _ type: String, in value: inout RunRecord.ShownValue) {
        guard let digest = try? Digest.of(bytes) else { return }
        blobs[digest] = bytes
        value.media.append(RunRecord.Medium(type: type, sha256: digest, bytes: bytes.count))
    }

    private func fields(of tensor: Tensor) throws -> JSON {
        let print = try tensor.fingerprint()
        var fields: [(String, JSON)] = [
            ("type", .text("Tensor")), ("dtype", .text(print.dtype)), ("shape", .list(print.shape.map(JSON.int))),
            ("sha256", .text(print.sha256)), ("rounded", .text(print.rounded)), ("minimum", .number(print.minimum)),
            ("maximum", .number(print.maximum)), ("mean", .number(print.mean)), ("deviation", .number(print.deviation)),
        ]
        if tensor.count <= 16, let data = try? tensor.array(Double.self) {
            fields.append(("data", .list(data.map(JSON.number))))
        }
        return .object(fields)
    }
}

extension String {
    /// Without what JSON texts cannot hold.
    var recordable: String { JSON.text(self).canonical.text ?? self }
}
