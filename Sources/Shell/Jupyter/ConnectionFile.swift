import Kernel

/// Where a kernel is to listen, as the client that starts it wrote down.
struct ConnectionFile: Equatable, Sendable {
    enum Channel: String, CaseIterable, Sendable { case shell, control, stdin, iopub, hb }

    var transport = "tcp"
    /// The loopback address unless the file names another.
    var address = "127.0.0.1"
    var ports: [Channel: Int] = [:]
    var key: [UInt8] = []

    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `Failure` when the file cannot be read or says something that cannot be done.
    init(path: String) throws {
        do {
            try self.init(JSON(parsing: String(decoding: Files.read(path, limit: 1 << 20), as: UTF8.self)))
        } catch let failure as Failure {
            throw Failure(description: "\(path): \(failure)")
        } catch let error as JSON.SyntaxError {
            throw Failure(description: "\(path): not JSON: \(error)")
        }
    }

    init(_ json: JSON) throws {
        guard json.object != nil else { throw Failure(description: "an object expected") }
        transport = try Self.text(json, "transport") ?? transport
        guard ["tcp", "ipc"].contains(transport) else {
            throw Failure(description: "transport: tcp or ipc expected, got '\(transport)'")
        }
        address = try Self.text(json, "ip").flatMap { $0.isEmpty ? nil : $0 } ?? address
        key = Array((try Self.text(json, "key") ?? "").utf8)
        let scheme = try Self.text(json, "signature_scheme") ?? "hmac-sha256"
        guard key.isEmpty || scheme == "hmac-sha256" else {
            throw Failure(description: "signature_scheme: hmac-sha256 expected, got '\(scheme)'")
        }
        for channel in Channel.allCases {
            let name = channel.rawValue + "_port"
            guard let port = json[name]?.int, (1...65535).contains(port) else {
                let got = json[name].map { "\($0)" } ?? "nothing"
                throw Failure(description: "\(name): a number from 1 to 65535 expected, got \(got)")
            }
            ports[channel] = port
        }
    }

    private static func text(_ json: JSON, _ name: String) throws -> String? {
        guard let value = json[name], value != .null else { return nil }
        guard let text = value.text else { throw Failure(description: "\(name): a text expected, got \(value)") }
        return text
    }

    /// `tcp://127.0.0.1:5555`, `ipc:///run/kernel-1`
    func endpoint(of channel: Channel) -> String {
        let port = ports[channel] ?? 0
        if transport == "ipc" { return "ipc://\(address)-\(port)" }
        return "tcp://\(address.contains(":") ? "[\(address)]" : address):\(port)"
    }
}
