/// What happened during a training run, epoch by epoch.
public final class History: @unchecked Sendable, ObjectParameter, CustomStringConvertible {
    public static var typeName: String { "History" }

    public struct Epoch: Sendable {
        /// Mean training loss and running training accuracy.
        public var loss: Double, accuracy: Double
        /// Loss and accuracy on the held-out examples, nil without any.
        public var holdoutLoss: Double?, holdoutAccuracy: Double?
        public var rate: Double
        public var seconds: Double
    }

    public internal(set) var epochs: [Epoch] = []
    /// The epoch (from 1) whose weights the model has now.
    public internal(set) var best = 0
    public internal(set) var stoppedEarly = false
    /// The settings of the run, defaults included.
    public let record: Record
    init(_ record: Record) { self.record = record }

    public var description: String { text(withSeconds: true) }

    /// A line for each epoch.
    /// - Parameter withSeconds: whether durations are among the columns, the only part that differs from run to run.
    public func text(withSeconds: Bool) -> String {
        guard let last = epochs.last else { return "no epochs" }
        var lines = [
            "epoch     loss  accuracy" + (last.holdoutLoss == nil ? "" : "  holdout loss  holdout accuracy")
                + (withSeconds ? "  seconds" : "")
        ]
        for (index, epoch) in epochs.enumerated() {
            var line = pad("\(index + 1)", 5) + pad(fixed(epoch.loss, 4), 9) + pad(percent(epoch.accuracy), 10)
            if let loss = epoch.holdoutLoss { line += pad(fixed(loss, 4), 14) }
            if let accuracy = epoch.holdoutAccuracy { line += pad(percent(accuracy), 18) }
            if withSeconds { line += pad(fixed(epoch.seconds, 2), 9) }
            if index + 1 == best, last.holdoutLoss != nil { line += "  *" }
            lines.append(line)
        }
        if last.holdoutLoss != nil {
            lines.append("* the model has the weights of this epoch" + (stoppedEarly ? "; stopped early" : ""))
        }
        return lines.joined(separator: "\n")
    }
}

/// A number with so many digits after the point.
func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return numberText(value) }
    let scale = (0..<digits).reduce(1.0) { s, _ in s * 10 }
    let whole = Int64((abs(value) * scale).rounded(.toNearestOrAwayFromZero))
    let negative = value < 0 && whole != 0
    let text = String(whole)
    let padded = String(repeating: "0", count: max(0, digits + 1 - text.count)) + text
    guard digits > 0 else { return (negative ? "-" : "") + padded }
    return (negative ? "-" : "") + padded.dropLast(digits) + "." + padded.suffix(digits)
}
/// A share as a percentage with two digits: `97.31 %`.
func percent(_ share: Double) -> String { fixed(share * 100, 2) + " %" }
/// Text moved to the right edge of a column.
func pad(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
