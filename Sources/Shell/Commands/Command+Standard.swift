extension Command {
    /// Every command. One line each; the declarations stand in their own files.
    static let all: [Command] = [
        .cd,
        .cell,
        .cells,
        .debug,
        .forget,
        .help,
        .history,
        .info,
        .load,
        .mem,
        .next,
        .profile,
        .pwd,
        .quit,
        .reload,
        .replay,
        .save,
        .set,
        .shell,
        .time,
        .timeit,
        .whos,
    ]
}
