import CLuaShim
import Kernel

/// Ctrl-C. The signal handler, in C, sets the flag that `Interrupt` polls and stops the Lua code that runs, in
/// coroutines and under `pcall` too. The flag stays set, and everything keeps failing with `Interrupted`, until the
/// prompt clears it.
public enum InterruptHandler {
    /// Handles SIGINT for the process.
    public static func install() { shim_install_interrupt() }
    /// Restores what handled SIGINT before.
    public static func remove() { shim_remove_interrupt() }
    /// Forgets the request: called by the prompt when everything has returned to it.
    public static func clear() { shim_clear_interrupt() }
    /// The number of requests since the last `clear`.
    public static var count: Int { Int(shim_interrupt_count()) }
    /// Calls a function inside the handler at each request with the count so far. Only async-signal-safe code may
    /// run there; the shell's third-request policy lives behind it.
    public static func observe(_ observer: (@convention(c) (CInt) -> Void)?) { shim_set_interrupt_observer(observer) }
}
