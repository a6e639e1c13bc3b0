import Glibc
import Kernel
import TestSupport
import Testing

@testable import Bindings

/// Reads the public methods of Tensor from the source of Kernel: nothing that it can do may be missing in Lua.
@Suite struct TensorCompletenessTests {
    /// Methods with another name in Lua, and those for Swift alone (nil).
    static let names: [String: String?] = [
        "absolute": "abs", "mod": "remainder", "floordiv": "floor_divide", "masked": "masked_select", "list": "totable",
        "isNaN": "isnan", "isInf": "isinf", "allClose": "allclose", "isFinite": "isfinite", "variance": "var",
        "countNonZero": "count_nonzero",
        "logSumExp": "logsumexp", "requireGrad": "requires_grad", "detached": "detach", "copied": "clone",
        "converted": "to", "withShape": "reshape", "assign": "fill", "accumulate": "add_", "scale": "mul_",
        // x[...], x == y
        "index": nil, "equals": nil,
        // The elements as Swift sees them, and fused steps of optimizers and attacks.
        "read": nil, "write": nil, "array": nil, "strided": "stride", "average": nil, "signStepped": nil,
        // With its running statistics it is a layer: nn.batch_norm2d.
        "batchNorm": nil,
        // Digests for records of runs.
        "fingerprint": nil,
    ]

    @Test("every public method of Tensor has a name in Lua")
    func methods() throws {
        let known = Set((LuaClass.tensor.methods + LuaClass.tensor.properties).map(\.name))
        var missing: [String] = []
        for file in sources(root + "/Sources/Kernel") {
            for name in publicMethods(try #require(readFile(file))) {
                let inLua = Self.names[name] ?? snakeCase(name)
                if let inLua, !known.contains(inLua) { missing.append("\(name) (\(file.split(separator: "/").last!))") }
            }
        }
        #expect(missing == [])
    }

    private var root: String {
        #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    }

    private func sources(_ folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            found += name.hasSuffix(".swift") ? [folder + "/" + name] : sources(folder + "/" + name)
        }
        return found
    }

    /// Names after `public func` in extensions of Tensor.
    private func publicMethods(_ text: String) -> [String] {
        var inside = false
        return text.split(separator: "\n").compactMap { line in
            if line.hasPrefix("extension ") || line.hasPrefix("public ") {
                inside = line.hasPrefix("extension Tensor ")
            }
            if line.hasPrefix("}") { inside = false }
            let marks = ["    public func ", "    @discardableResult public func "]
            guard inside, let mark = marks.first(where: { line.hasPrefix($0) }) else { return nil }
            return String(line.dropFirst(mark.count).prefix { $0.isLetter || $0.isNumber })
        }
    }

    private func snakeCase(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "_" + $1.lowercased() : String($1) }
    }
}
