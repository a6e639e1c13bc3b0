extension Command {
    /// Every command. One line each; the declarations stand in their own files.
    static let all: [Command] = [
        .cd,
        .forget,
        .help,
        .mem,
        .pwd,
        .quit,
        .set,
        .shell,
        .time,
        .timeit,
        .whos,
    ]
}
