import Kernel

// The record as canonical JSON, and back. Fields of objects are sorted by name, so that equal records are equal bytes.

extension RunRecord {
    /// `{"stable": {...}, "volatile": {...}}`.
    var json: JSON { JSON.object([("stable", stable.json), ("volatile", volatile.json)]).canonical }

    /// - Throws: `RecordError`, which names the field that is missing or wrong.
    init(json: JSON) throws {
        let reader = RecordReader(json)
        self.init(
            stable: try Stable(reader.object("stable")), volatile: try Volatile(reader.object("volatile")))
    }
}

// MARK: - Writing

extension RunRecord.Stable {
    var json: JSON {
        .object([
            ("format", .int(format)), ("notebook", notebook.json), ("program", program), ("root_seed", .int(rootSeed)),
            ("parameters", .object(parameters)), ("permissions", permissions), ("inputs", .list(inputs.map(\.json))),
            ("cells", .list(cells.map(\.json))), ("root", .text(root)),
            ("given", .list(given.map(JSON.text))), ("arguments", .list(arguments.map(JSON.text))),
        ])
    }
}

extension RunRecord.Source {
    var json: JSON { .object([("path", .text(path)), ("bytes", .int(bytes)), ("sha256", .text(sha256))]) }
}

extension RunRecord.CellRecord {
    var json: JSON {
        var fields: [(String, JSON)] = [
            ("name", .text(name)), ("kind", .text(kind.rawValue)), ("code_sha256", .text(codeDigest)),
            ("seed", .int(seed)), ("status", .text(status.rawValue)), ("expect", .text(expect)),
            ("outputs", .list(outputs.map(\.json))), ("outputs_sha256", .text(outputDigest)),
            ("warnings", .list(warnings.map(JSON.text))), ("inputs", .list(inputs.map(JSON.text))),
            ("models", .object(models)), ("draws", .int(draws)),
        ]
        if let rtol { fields.append(("rtol", .number(rtol))) }
        if let atol { fields.append(("atol", .number(atol))) }
        return .object(fields)
    }
}

extension RunRecord.Output {
    var json: JSON {
        switch self {
        case .stream(let isError, let text):
            .object([("kind", .text(isError ? "stderr" : "stdout")), ("text", .text(text))])
        case .value(let value): value.json
        case .error(let text, let message):
            .object([("kind", .text("error")), ("text", .text(text)), ("message", .text(message))])
        }
    }
}

extension RunRecord.ShownValue {
    var json: JSON {
        var fields: [(String, JSON)] = [("kind", .text("value")), ("text", .text(text)), ("value", value)]
        if let table { fields.append(("table", table)) }
        if !media.isEmpty { fields.append(("media", .list(media.map(\.json)))) }
        return .object(fields)
    }
}

extension RunRecord.Medium {
    var json: JSON { .object([("type", .text(type)), ("sha256", .text(sha256)), ("bytes", .int(bytes))]) }
}

extension RunRecord.Volatile {
    var json: JSON {
        .object([
            ("started", .number(started)), ("seconds", .number(seconds)), ("peak_bytes", .int(peakBytes)),
            ("host", .text(host)), ("cells", .list(cells.map(\.json))),
        ])
    }
}

extension RunRecord.CellCost {
    var json: JSON {
        var fields: [(String, JSON)] = [
            ("seconds", .number(seconds)), ("processor_seconds", .number(processorSeconds)),
            ("peak_bytes", .int(peakBytes)), ("cached", .flag(isCached)),
        ]
        if let note { fields.append(("note", .text(note))) }
        return .object(fields)
    }
}

// MARK: - Reading

extension RunRecord.Stable {
    init(_ reader: RecordReader) throws {
        let format = try reader.int("format")
        guard format == 1 else { throw RecordError("\(reader.path)format: 1 expected, got \(format)") }
        self.init(
            notebook: try RunRecord.Source(reader.object("notebook")), program: try reader.value("program"),
            rootSeed: try reader.int("root_seed"), parameters: try reader.object("parameters").fields(),
            permissions: try reader.value("permissions"), inputs: try reader.list("inputs").map(RunRecord.Source.init),
            cells: try reader.list("cells").map(RunRecord.CellRecord.init), root: try reader.digest("root"),
            given: try reader.texts("given"), arguments: try reader.texts("arguments"))
    }
}

extension RunRecord.Source {
    init(_ reader: RecordReader) throws {
        self.init(
            path: try reader.text("path"), bytes: try reader.int("bytes"), sha256: try reader.digest("sha256"))
    }
}

extension RunRecord.CellRecord {
    init(_ reader: RecordReader) throws {
        self.init(
            name: try reader.text("name"), kind: try reader.choice("kind"),
            codeDigest: try reader.digest("code_sha256"), seed: try reader.int("seed"),
            status: try reader.choice("status"), expect: try reader.text("expect"),
            outputs: try reader.list("outputs").map(RunRecord.Output.init),
            outputDigest: try reader.digest("outputs_sha256"), warnings: try reader.texts("warnings"),
            rtol: try reader.optionalNumber("rtol"), atol: try reader.optionalNumber("atol"),
            inputs: try reader.texts("inputs"), models: try reader.object("models").fields(),
            draws: try reader.int("draws"))
    }
}

extension RunRecord.Output {
    init(_ reader: RecordReader) throws {
        switch try reader.text("kind") {
        case "stdout": self = .stream(isError: false, text: try reader.text("text"))
        case "stderr": self = .stream(isError: true, text: try reader.text("text"))
        case "value": self = .value(try RunRecord.ShownValue(reader))
        case "error": self = .error(text: try reader.text("text"), message: try reader.text("message"))
        case let other: throw RecordError("\(reader.path)kind: '\(other)' is no kind of output")
        }
    }
}

extension RunRecord.ShownValue {
    init(_ reader: RecordReader) throws {
        self.init(
            text: try reader.text("text"), value: try reader.value("value"), table: reader.json["table"],
            media: reader.json["media"] == nil ? [] : try reader.list("media").map(RunRecord.Medium.init))
    }
}

extension RunRecord.Medium {
    init(_ reader: RecordReader) throws {
        self.init(type: try reader.text("type"), sha256: try reader.digest("sha256"), bytes: try reader.int("bytes"))
    }
}

extension RunRecord.Volatile {
    init(_ reader: RecordReader) throws {
        self.init(
            started: try reader.number("started"), seconds: try reader.number("seconds"),
            peakBytes: try reader.int("peak_bytes"), host: try reader.text("host"),
            cells: try reader.list("cells").map(RunRecord.CellCost.init))
    }
}

extension RunRecord.CellCost {
    init(_ reader: RecordReader) throws {
        self.init(
            seconds: try reader.number("seconds"), processorSeconds: try reader.number("processor_seconds"),
            peakBytes: try reader.int("peak_bytes"), isCached: reader.json["cached"] == .flag(true),
            note: reader.json["note"]?.text)
    }
}
