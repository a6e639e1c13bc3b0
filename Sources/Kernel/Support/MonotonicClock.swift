import Glibc

/// Seconds of a clock that only moves forward, from an arbitrary start: for measuring how long something takes.
public func monotonicSeconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
