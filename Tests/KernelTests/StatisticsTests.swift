import CKernels
import TestSupport
import Testing

@testable import Kernel

@Suite struct StatisticsTests {
    @Test(
        "Wilson intervals have their exact values",
        arguments: [
            (8, 10, 0.4901624715, 0.9433178485), (0, 10, 0.0, 0.2775327998), (10, 10, 0.7224672002, 1.0),
            (842, 1000, 0.8180901541, 0.8632923431),
        ])
    func wilson(_ successes: Int, _ count: Int, _ low: Double, _ high: Double) {
        let estimate = Estimate.wilson(successes, of: count)
        #expect(estimate.value == Double(successes) / Double(count))
        #expect(abs(estimate.low - low) < 1e-9 && abs(estimate.high - high) < 1e-9, "\(estimate)")
        // The ends solve |p - share| = z sqrt(p (1 - p) / n).
        for p in [estimate.low, estimate.high] where p > 0 && p < 1 {
            let z = abs(p - estimate.value) / (p * (1 - p) / Double(count)).squareRoot()
            #expect(abs(z - 1.959963984540054) < 1e-9)
        }
    }

    @Test("quantiles are linear between neighbours")
    func quantiles() {
        let values = [1.0, 2, 4, 8]
        #expect(values.quantile(0) == 1 && values.quantile(1) == 8)
        #expect(values.quantile(0.5) == 3)
        #expect(abs(values.quantile(0.1) - 1.3) < 1e-12)
        #expect([Double]().quantile(0.5).isNaN && [Double]().mean.isNaN)
        #expect([2.0, 4, 4, 4, 5, 5, 7, 9].deviation == (32.0 / 7).squareRoot())
    }

    @Test("a bootstrap draw takes n examples; its weighted sum agrees with the slow twin")
    func draws() {
        for n in [1, 3, 1000, 40000] {
            var counts = [UInt8](repeating: 9, count: n), again = counts
            ck_bootstrap_counts(5, n, &counts)
            ck_bootstrap_counts(5, n, &again)
            #expect(counts.reduce(0) { $0 + Int($1) } == n && counts == again)
            let outcomes = (0..<n).map { UInt8($0 % 3 == 0 ? 1 : 0) }
            let slow = zip(counts, outcomes).reduce(0) { $0 + Int($1.0) * Int($1.1) }
            #expect(ck_weighted_sum_u8(counts, outcomes, n) == UInt64(slow))
        }
    }

    @Test("the bootstrap's spread is the binomial one, and equal models stay equal on every draw")
    func bootstrap() throws {
        let row = (0..<400).map { UInt8($0 % 4 == 0 ? 0 : 1) }  // accuracy 3/4
        let shifted = (0..<400).map { UInt8($0 % 4 == 1 ? 0 : 1) }
        let bootstrap = PairedBootstrap(outcomes: [[[row]], [[row]], [[shifted]]], examples: 400, key: Key(seed: 1))
        let draws = try bootstrap.run(draws: 2000)
        let values = draws.map { $0[0][0] }
        #expect(abs(values.mean - 0.75) < 0.002)
        #expect(abs(values.deviation - (0.75 * 0.25 / 400).squareRoot()) < 0.001)
        #expect(draws.allSatisfy { $0[0] == $0[1] })
        #expect(draws.contains { $0[0] != $0[2] })
        let seeds = PairedBootstrap(
            outcomes: [[[[1, 1]], [[0, 0]]]], examples: 2, key: Key(seed: 1))  // two seeds, one always right
        #expect(Set(try seeds.run(draws: 50).map { $0[0][0] }) == [0, 0.5, 1])
    }

    @Test("the first change of sign is found, zeros and directions included")
    func signs() {
        func first(_ difference: [Double], _ rising: Bool? = nil) -> Double? {
            Crossing.first([0, 0.1, 0.2, 0.3], difference, rising: rising)?.eps
        }
        #expect(abs(first([-3, 1, 2, 2])! - 0.075) < 1e-12)
        #expect(first([-1, 0, 1, 1]) == 0.1)
        #expect(first([0, 1, 1, 1]) == nil && first([1, 0, 0, 0]) == nil && first([0, 0, 0, 0]) == nil)
        #expect(first([1, 0, 1, 1]) == nil)
        #expect(first([1, -1, 1, 1], true)! > 0.1 && first([1, -1, 1, 1], false)! < 0.1)
        #expect(first([.nan, -1, 1, 1])! > 0.1)
    }
}

@Suite struct TableTests {
    static func table() -> Table {
        var table = Table("Accuracy", ["model", "n", "eps", "accuracy"])
        table.add([.text("float"), .int(1000), .number(0.1, digits: 3), .interval(Estimate(0.842, 0.835, 0.849))])
        table.add([.text("w2, \"mid\""), .int(20), .number(1 / 3, digits: 3), .interval(.wilson(0, of: 20))])
        return table
    }

    @Test("a table is aligned: text to the left, numbers to the right")
    func text() {
        #expect(
            Self.table().description == """
                Accuracy
                model         n    eps         accuracy
                ───────────────────────────────────────
                float      1000  0.100       84.2 ± 0.7
                w2, "mid"    20  0.333  0.0 [0.0, 16.1]
                """)
    }

    @Test("exports have all digits, and three columns for an interval")
    func exports() throws {
        let lines = Self.table().csv.split(separator: "\n")
        #expect(lines[0] == "model,n,eps,accuracy,accuracy_low,accuracy_high")
        #expect(lines[1] == "float,1000,0.1,0.842,0.835,0.849")
        #expect(lines[2].hasPrefix("\"w2, \"\"mid\"\"\",20,0.3333333333333333,0,0,0.161"))
        let json = try JSON(parsing: Self.table().json.description)
        #expect(json.list?.count == 2)
        #expect(json.list?[1]["eps"] == .number(1.0 / 3))
        #expect(json.list?[1]["model"]?.text == "w2, \"mid\"")
    }
}
