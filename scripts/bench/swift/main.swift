import Glibc
import Kernel

// The cost of one operation from Swift: an add of two one-element tensors, as often as the argument says per run.
// Speaks the harness' protocol (see scripts/bench/assay/serve.lua).

let calls = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 100_000
let one = try Tensor([1 as Float]), other = try Tensor([2 as Float])

/// One line, at once: the reader waits for it.
func answer(_ text: String) {
    print(text)
    fflush(nil)
}

func work() throws {
    for _ in 0..<calls { _ = try one.add(.tensor(other)) }
}

try work()
answer(#"{"ready": "swift"}"#)
while let line = readLine() {
    guard line == "run" else { continue }
    let start = monotonicSeconds()
    try work()
    answer(#"{"seconds": \#(monotonicSeconds() - start)}"#)
}
