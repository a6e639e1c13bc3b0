import Foundation
import Testing

/// The fence of `CLua/shim.h`: Swift that could be jumped over does not compile.
@Suite struct FenceTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static var compiler: String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/opt/swift/usr/bin"]
        return folders.map { "\($0)/swiftc" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// What the compiler says of a line of Swift that uses a state `L`.
    func diagnose(_ line: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: "fence-\(UUID().uuidString).swift")
        try "import CLua\nfunc f(_ L: OpaquePointer) { \(line) }\n".write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(filePath: Self.compiler!)
        process.arguments = [
            "-typecheck", "-I", Self.root.appending(path: "Sources/CLua").path, "-Xcc", "-I/usr/include/lua5.4",
            file.path,
        ]
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    @Test("functions that may raise are unavailable to Swift, others are not", .enabled(if: compiler != nil))
    func fence() throws {
        let raising = "_ = luaL_checkinteger(L, 1); lua_error(L); lua_setglobal(L, \"x\"); lua_callk(L, 0, 0, 0, nil)"
        let message = try diagnose(raising)
        for name in ["luaL_checkinteger", "lua_error", "lua_setglobal", "lua_callk"] {
            #expect(message.contains("'\(name)' is unavailable in Swift: may raise a Lua error (longjmp)"))
        }
        #expect(try !diagnose("_ = lua_gettop(L); lua_pushnil(L)").contains("error"))
    }
}
