import CKernels

/// What a confined process may not have more of. Once one is reached, everything is interrupted for good.
public enum Limit: String, Sendable, CaseIterable {
    case memory, time

    private var number: Int32 { Int32(self == .memory ? CK_LIMIT_MEMORY : CK_LIMIT_TIME) }

    /// Records that the limit is reached, unless another one was before.
    public func reach() { ck_limit_reach(number) }

    /// The first limit that was reached.
    public static var reached: Limit? { allCases.first { $0.number == ck_limit_get() } }
}
