extension RunRecord {
    /// Streams of one kind that follow one another belong together.
    static func merged(_ outputs: [RunRecord.Output]) -> [RunRecord.Output] {
        var merged: [RunRecord.Output] = [], parts: [String] = [], kind = false
        func flush() {
            if !parts.isEmpty { merged.append(.stream(isError: kind, text: parts.joined())) }
            parts = []
        }
        for output in outputs {
            guard case .stream(let isError, let text) = output else {
                flush()
                merged.append(output)
                continue
            }
            if isError != kind { flush() }
            kind = isError
            parts.append(text)
        }
        flush()
        return merged
    }
}
