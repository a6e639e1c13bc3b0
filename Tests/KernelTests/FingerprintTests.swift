import Kernel
import TestSupport
import Testing

@Suite struct FingerprintTests {
    @Test("fingerprints tell bits, type and shape apart, and round to four digits")
    func fingerprint() throws {
        let x = try Tensor([1.0, 2.5, -3], [3]), print = try x.fingerprint()
        #expect(print.shape == [3] && print.minimum == -3 && print.maximum == 2.5 && abs(print.mean - 1.0 / 6) < 1e-12)
        #expect(try x.fingerprint() == print)
        let close = try Tensor([1.00001, 2.5, -3], [3]).fingerprint()
        #expect(close.sha256 != print.sha256 && close.rounded == print.rounded)
        let far = try Tensor([1.001, 2.5, -3], [3]).fingerprint()
        #expect(far.rounded != print.rounded)
        #expect(try x.reshape([3, 1]).fingerprint().sha256 != print.sha256)
        #expect(try Tensor([Double](), [0]).fingerprint().mean.isNaN)
    }

    @Test("npy bytes come back as the tensor that they are of")
    func npy() throws {
        let x = try Tensor([1.0, 2.5, -3, 4], [2, 2])
        let again = try NumPy.tensor(from: NumPy.bytes(of: x), name: "x")
        #expect(try again.shape == [2, 2] && again.array(Double.self) == x.array(Double.self))
        #expect(throws: KernelError.self) { _ = try NumPy.tensor(from: [1, 2, 3], name: "x") }
    }

    @Test("the log is told of files that are read and written, until nobody listens")
    func log() throws {
        try withFolder { folder in
            let seen = Seen()
            FileLog.observe { path, use in seen.add("\(use) \(path.split(separator: "/").last ?? "")") }
            try AtomicFile.write(folder + "/a", text: "x")
            _ = try Files.read(folder + "/a")
            FileLog.observe(nil)
            _ = try Files.read(folder + "/a")
            #expect(seen.list.filter { $0.hasSuffix(" a") } == ["written a", "read a"])
        }
    }

    private final class Seen: @unchecked Sendable {
        var list: [String] = []
        func add(_ text: String) { list.append(text) }
    }
}
