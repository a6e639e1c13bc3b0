import CKernels

/// The process-wide request to stop, set by Ctrl-C and polled by long work.
public enum Interrupt {
    public static var isRequested: Bool { ck_interrupt_get() }
    public static func request() { ck_interrupt_set(true) }
    public static func clear() { ck_interrupt_set(false) }
    /// Throws `Interrupted` when the user asked to stop; costs a nanosecond otherwise.
    @inline(__always) public static func check() throws {
        if ck_interrupt_get() { throw Interrupted() }
    }
}
