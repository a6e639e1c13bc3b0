import Glibc
import Kernel
import Testing

@testable import Shell

/// Messages of Jupyter's protocol as bytes: signed, framed, read again and refused.
@Suite struct KernelMessageTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("signatures are those that jupyter_client gives the same parts")
    func signatures() {
        // Made by Tests/Notebooks/signature-vectors.py with jupyter_client 8.10.0.
        let empty = Array(repeating: bytes("{}"), count: 4)
        let request = [
            bytes(#"{"msg_type":"execute_request"}"#), bytes("{}"), bytes("{}"), bytes(#"{"code":"print(1)"}"#),
        ]
        let odd = [bytes(#"{"code":"é = \"αβ\""}"#), [], [0, 255], Array(repeating: UInt8(ascii: "x"), count: 1000)]
        let table: [(key: String, parts: [[UInt8]], digits: String)] = [
            (
                "a0436f6c-1916-498b-8eb9-e81ab9368e84", empty,
                "c5725711611a71f369d996132f096424c55c73e5d7d3a69996ec21f94b2774a1"
            ),
            ("key", request, "a58042caca1fa32c2bba90450cceb9517f183ff587d9aeae8aba9901638df3e5"),
            (
                String(repeating: "k", count: 100), odd,
                "32cc122eb0776e30ca04bb9d2fe776326b0698dfe0e0bb4569328d9d4c372650"
            ),
            ("", empty, ""),
        ]
        for (key, parts, digits) in table {
            let signature = MessageSignature(key: bytes(key))
            #expect(String(decoding: signature.digits(of: parts), as: UTF8.self) == digits)
            #expect(signature.accepts(bytes(digits), of: parts))
        }
        let signature = MessageSignature(key: bytes("key"))
        var wrong = signature.digits(of: request)
        wrong[63] ^= 1
        #expect(!signature.accepts(wrong, of: request))
        #expect(!signature.accepts(Array(wrong.dropLast()), of: request))
        #expect(!signature.accepts([], of: request))
        #expect(!MessageSignature(key: []).accepts(bytes("a"), of: request))
    }

    @Test("a message goes through its parts and back, identities in front and buffers dropped")
    func framing() throws {
        let wire = MessageWire(key: bytes("key"), session: "s")
        let parent = JSON.object([("msg_id", .text("p"))])
        let message = wire.message(
            "execute_reply", to: [bytes("one"), [0, 1]], answering: parent, metadata: .object([("m", .int(1))]),
            .object([("status", .text("ok")), ("text", .text("a\n\"é\u{1}"))]))
        let parts = wire.parts(of: message)
        #expect(parts.count == 8)
        #expect(parts[2] == bytes("<IDS|MSG>"))
        #expect(parts[3] == wire.signature.digits(of: Array(parts[4...])))
        var reader = MessageReader(wire.signature)
        #expect(try reader.message(of: parts + [bytes("buffer")]) == message)
        #expect(message.kind == "execute_reply")
        #expect(message.header["session"]?.text == "s")
        #expect(message.header["version"]?.text == "5.3")
        #expect(message.header["msg_id"]?.text?.count == 32)
        #expect(message.parent == parent)
    }

    @Test("what is no message, is signed wrongly or comes again is refused, and why is said")
    func refusals() throws {
        let wire = MessageWire(key: bytes("key"))
        let parts = wire.parts(of: wire.message("kernel_info_request", .empty))
        func refusal(_ parts: [[UInt8]], _ reader: inout MessageReader) -> String {
            do { return "\(try reader.message(of: parts).kind)" } catch { return "\(error)" }
        }
        var reader = MessageReader(wire.signature)
        #expect(refusal([], &reader) == "it has no <IDS|MSG>")
        #expect(refusal([bytes("a"), bytes("b")], &reader) == "it has no <IDS|MSG>")
        #expect(refusal(Array(parts.dropLast()), &reader) == "it has too few parts")
        for place in 1..<parts.count {
            var changed = parts
            changed[place] += bytes(" ")
            #expect(refusal(changed, &reader) == "its signature is wrong")
        }
        #expect(refusal(parts, &reader) == "kernel_info_request")
        #expect(refusal(parts, &reader) == "it came before")
        let broken = [bytes("{"), bytes("{}"), bytes("{}"), bytes("{}")]
        let signed = [MessageWire.mark, wire.signature.digits(of: broken)] + broken
        #expect(
            refusal(signed, &reader)
                == "its header is no JSON: string or '}' expected near end of file (line 1, column 1)")
    }

    @Test("without a key nothing is signed, and the same message may come again")
    func unsigned() throws {
        let wire = MessageWire(key: [])
        let parts = wire.parts(of: wire.message("kernel_info_request", .empty))
        var reader = MessageReader(wire.signature)
        #expect(parts[1] == [])
        #expect(try reader.message(of: parts).kind == "kernel_info_request")
        #expect(try reader.message(of: parts).kind == "kernel_info_request")
        var signed = parts
        signed[1] = bytes("a")
        #expect(throws: MessageReader.Refusal.wrongSignature) { try reader.message(of: signed) }
    }

    @Test("times are those of ISO 8601 in UTC, with microseconds")
    func times() {
        #expect(MessageWire.timeText(now: timespec(tv_sec: 0, tv_nsec: 0)) == "1970-01-01T00:00:00.000000Z")
        #expect(
            MessageWire.timeText(now: timespec(tv_sec: 1_795_601_101, tv_nsec: 250_999))
                == "2026-11-25T10:05:01.000250Z")
        #expect(Set((0..<100).map { _ in MessageWire.freshName() }).count == 100)
    }
}

/// What tells a kernel where to listen.
@Suite struct ConnectionFileTests {
    private let ports = #""shell_port": 1, "iopub_port": 2, "stdin_port": 3, "control_port": 4, "hb_port": 65535"#

    private func endpoint(_ fields: String) throws -> String {
        try ConnectionFile(JSON(parsing: "{\(ports), \(fields)}")).endpoint(of: .hb)
    }

    @Test("the address is the loopback's unless the file names another")
    func addresses() throws {
        #expect(try endpoint(#""key": "k""#) == "tcp://127.0.0.1:65535")
        #expect(try endpoint(#""ip": """#) == "tcp://127.0.0.1:65535")
        #expect(try endpoint(#""ip": "10.0.0.7""#) == "tcp://10.0.0.7:65535")
        #expect(try endpoint(#""ip": "::1""#) == "tcp://[::1]:65535")
        #expect(try endpoint(#""transport": "ipc", "ip": "/run/k""#) == "ipc:///run/k-65535")
        let file = try ConnectionFile(JSON(parsing: #"{\#(ports), "key": "abc", "signature_scheme": "hmac-sha256"}"#))
        #expect(file.key == Array("abc".utf8))
        #expect(file.ports == [.shell: 1, .iopub: 2, .stdin: 3, .control: 4, .hb: 65535])
    }

    @Test("what cannot be done is said with the field, what was expected and what came")
    func refusals() throws {
        func complaint(_ text: String) -> String {
            do { return try ConnectionFile(JSON(parsing: text)).endpoint(of: .shell) } catch { return "\(error)" }
        }
        #expect(complaint("[]") == "an object expected")
        #expect(complaint("{}") == "shell_port: a number from 1 to 65535 expected, got nothing")
        #expect(complaint(#"{"shell_port": 0}"#) == "shell_port: a number from 1 to 65535 expected, got 0")
        #expect(complaint(#"{"shell_port": "x"}"#) == "shell_port: a number from 1 to 65535 expected, got \"x\"")
        #expect(complaint("{\(ports), \"transport\": \"udp\"}") == "transport: tcp or ipc expected, got 'udp'")
        #expect(complaint("{\(ports), \"ip\": 7}") == "ip: a text expected, got 7")
        #expect(
            complaint(#"{\#(ports), "key": "k", "signature_scheme": "hmac-md5"}"#)
                == "signature_scheme: hmac-sha256 expected, got 'hmac-md5'")
        #expect(complaint(#"{\#(ports), "key": "", "signature_scheme": "none"}"#) == "tcp://127.0.0.1:1")
    }
}
