import Bindings
import Kernel

/// A time with three digits and a unit that suits it: `12.3 µs`, `1.50 s`, `2:05 min`.
func timeText(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "?" }
    if seconds >= 59.95 {
        let whole = Int(min(seconds.rounded(), 1e15)), rest = whole % 60
        return "\(whole / 60):\(rest < 10 ? "0" : "")\(rest) min"
    }
    let units: [(size: Double, name: String)] = [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")]
    let unit = units.first { seconds >= $0.size * 0.9995 } ?? units[3]
    let value = seconds / unit.size
    return fixedText(value, value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2) + " " + unit.name
}

extension Cost {
    /// `wall 1.50 s, processor 2.80 s, allocated 12.0 MiB in tensors and 3.1 KiB in Lua`.
    var text: String {
        "wall \(timeText(seconds)), processor \(timeText(processor)), allocated \(byteText(tensorBytes)) in tensors and "
            + "\(byteText(luaBytes)) in Lua"
    }
}
