import Kernel

/// What a kernel says of itself.
enum KernelInformation {
    static let language = JSON.object([
        ("name", .text("lua")), ("version", .text("5.4")), ("mimetype", .text("text/x-lua")),
        ("file_extension", .text(".lua")), ("pygments_lexer", .text("lua")), ("codemirror_mode", .text("lua")),
    ])

    static let reply = JSON.object([
        ("status", .text("ok")), ("protocol_version", .text(MessageWire.version)), ("implementation", .text("assay")),
        ("implementation_version", .text(Invocation.version)), ("language_info", language), ("debugger", .flag(false)),
        (
            "banner",
            .text(
                "Assay \(Invocation.version), Lua 5.4. ?name shows help, a final ; shows nothing, :help lists commands."
            )
        ),
        (
            "help_links",
            .list([.object([("text", .text("Lua 5.4")), ("url", .text("https://www.lua.org/manual/5.4/"))])])
        ),
    ])
}
