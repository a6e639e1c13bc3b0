import Glibc

/// A thread beside the one that computes. Signals stay with the other threads: Ctrl-C is for the one that runs Lua.
public struct SideThread: Sendable {
    private let handle: pthread_t

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs the body once; nil when none can be had. Every thread wants one `join` or `detach`.
    public init?(_ body: @escaping @Sendable () -> Void) {
        var all = sigset_t(), before = sigset_t(), thread = pthread_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        let own = Unmanaged.passRetained(Body(body))
        let status = pthread_create(
            &thread, nil,
            { own in
                Unmanaged<Body>.fromOpaque(own!).takeRetainedValue().run()
                return nil
            }, own.toOpaque())
        guard status == 0 else {
            own.release()
            return nil
        }
        handle = thread
    }

    /// Waits for its end.
    public func join() { pthread_join(handle, nil) }

    /// Lets it end unnoticed.
    public func detach() { pthread_detach(handle) }
}
