import Testing

@testable import Kernel

/// Which way equal steps are made, by made-up times.
@Suite struct StepSharingTests {
    /// Makes so many steps that take so long divided and alone; gives how many were made alone.
    static func advance(_ sharing: inout StepSharing, _ steps: Int, shared: Double, alone: Double) -> Int {
        (0..<steps).count { _ in
            let isShared = sharing.isNextShared
            sharing.note(isShared ? shared : alone)
            return !isShared
        }
    }

    @Test("steps that gain from a second thread stay divided, and trials become rare")
    func shared() {
        var sharing = StepSharing()
        // Trials after 32, 128 and 512 steps, then after every 512.
        #expect(Self.advance(&sharing, 32, shared: 72, alone: 87) == 0)
        #expect(Self.advance(&sharing, 4, shared: 72, alone: 87) == 4)
        #expect(Self.advance(&sharing, 128 + 4 + 512 + 4, shared: 72, alone: 87) == 8)
        #expect(Self.advance(&sharing, 10 * (512 + 4), shared: 72, alone: 87) == 40)
        #expect(sharing.isShared)
    }

    @Test("steps that lose are made alone from the first trial on, until the second thread gains again")
    func alone() {
        var sharing = StepSharing()
        #expect(Self.advance(&sharing, 36, shared: 140, alone: 87) == 4)
        #expect(!sharing.isShared)
        // The divided steps of later trials: 4 of every 36, 132, 516.
        #expect(Self.advance(&sharing, 36 + 132 + 516, shared: 140, alone: 87) == 32 + 128 + 512)
        #expect(Self.advance(&sharing, 516, shared: 72, alone: 87) == 512)
        #expect(sharing.isShared)
    }

    @Test("a difference of less than a twentieth changes nothing, nor does the first step of a trial")
    func margin() {
        var sharing = StepSharing()
        _ = Self.advance(&sharing, 36, shared: 100, alone: 96)
        #expect(sharing.isShared)
        _ = Self.advance(&sharing, 128, shared: 100, alone: 0)
        sharing.note(1e6)
        _ = Self.advance(&sharing, 3, shared: 100, alone: 90)
        #expect(!sharing.isShared)
    }

    @Test("steps are divided or not as told, on one thread never, and an error leaves the threads as they were")
    func threads() throws {
        let before = Workers.count
        defer { Workers.use(before) }
        Workers.use(2)
        var sharing = StepSharing()
        for _ in 0..<StepSharing.shortest { #expect(sharing.run { Workers.count } == 2) }
        #expect(sharing.run { Workers.count } == 1)
        #expect(throws: Interrupted.self) { try sharing.run { throw Interrupted() } }
        #expect(Workers.count == 2)
        #expect(Workers.deterministically { sharing.run { Workers.count } } == 2)
        Workers.use(1)
        for _ in 0..<100 { #expect(sharing.run { Workers.count } == 1) }
        Workers.use(2)
        #expect(sharing.run { Workers.count } == 1, "still in the trial that the single thread did not take part in")
    }

    @Test("what was learned serves the next run of the same work, and no other")
    func memory() {
        var sharing = StepSharing()
        _ = Self.advance(&sharing, 36, shared: 140, alone: 87)
        StepSharing.remember(sharing, [32, 784, 10])
        #expect(!StepSharing.lately([32, 784, 10]).isShared)
        #expect(StepSharing.lately([32, 784, 11]).isShared)
    }
}
