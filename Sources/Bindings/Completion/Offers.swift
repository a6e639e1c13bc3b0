import Glibc

/// Collects candidates, the better matches of what is typed first, each text once.
struct Offers {
    /// How well a name fits what is typed. Worse fits count only when no better one is found.
    enum Fit: Int, CaseIterable {
        case prefix, prefixInOtherCase, inside, scattered
    }
    /// What comes first among equal fits.
    enum Rank: Int {
        /// Names of options, in the order of their declaration.
        case option
        /// Values that a parameter is known to take, in the order of their declaration.
        case wanted
        case variable, constructor, local, global, keyword
        var isOrdered: Bool {
            switch self {
            case .option, .wanted, .constructor: true
            default: false
            }
        }
    }
    private struct Offer {
        let candidate: Candidate
        let rank: Rank
    }

    private let stem: [UInt8]
    private let foldedStem: [UInt8]
    private let worst: Fit
    private var offers: [[Offer]]
    private static let most = 2000

    /// - Parameter loosely: whether names that contain the stem elsewhere may fit.
    init(_ stem: String, loosely: Bool = true) {
        self.stem = Array(stem.utf8)
        foldedStem = self.stem.map(folded)
        worst = loosely ? .scattered : .prefixInOtherCase
        offers = Array(repeating: [], count: Fit.allCases.count)
    }

    var isEmpty: Bool { offers.allSatisfy(\.isEmpty) }
    var isStemEmpty: Bool { stem.isEmpty }
    /// Whether names of options begin with what is typed.
    var hasOptions: Bool { !stem.isEmpty && offers[0].contains { $0.rank == .option } }

    /// How a name fits, nil for not at all or when better ones have been found. Names that begin with `_` hide until a
    /// `_` is typed.
    func fit(_ name: some Collection<UInt8>) -> Fit? {
        if name.first == underscore, stem.first != underscore { return nil }
        if name.starts(with: stem) { return offers[0].count < Self.most ? .prefix : nil }
        guard offers[0].isEmpty, let fit = looseFit(name.map(folded)), fit.rawValue <= worst.rawValue,
            offers[fit.rawValue].count < Self.most, offers[..<fit.rawValue].allSatisfy(\.isEmpty)
        else { return nil }
        return fit
    }

    private func looseFit(_ name: [UInt8]) -> Fit? {
        if name.starts(with: foldedStem) { return .prefixInOtherCase }
        guard foldedStem.count > 1, foldedStem.count <= name.count else { return nil }
        let starts = 0...(name.count - foldedStem.count)
        if starts.contains(where: { name[$0...].starts(with: foldedStem) }) { return .inside }
        var rest = foldedStem[...]
        for byte in name where byte == rest.first { rest.removeFirst() }
        return rest.isEmpty ? .scattered : nil
    }

    /// Offers a candidate if its name fits.
    mutating func add(_ candidate: Candidate, named name: String, _ rank: Rank) {
        if let fit = fit(name.utf8) { add(candidate, fit, rank) }
    }

    mutating func add(_ candidate: Candidate, _ fit: Fit, _ rank: Rank) {
        offers[fit.rawValue].append(Offer(candidate: candidate, rank: rank))
    }

    /// The best fits, in order.
    var candidates: [Candidate] {
        guard let best = offers.first(where: { !$0.isEmpty }) else { return [] }
        let places = best.enumerated().map { place, offer in
            Place(rank: offer.rank.rawValue, label: offer.rank.isOrdered ? [] : Self.key(offer), place: place)
        }
        var seen: Set<String> = []
        return places.sorted().map { best[$0.place].candidate }.filter { seen.insert($0.text).inserted }
    }

    /// Where a candidate stands: by rank, by its label without regard to case, by the order of its coming.
    private struct Place: Comparable {
        let rank: Int
        let label: [UInt8]
        let place: Int
        static func < (a: Place, b: Place) -> Bool {
            if a.rank != b.rank { return a.rank < b.rank }
            let count = min(a.label.count, b.label.count)
            let order = a.label.withUnsafeBytes { left in
                b.label.withUnsafeBytes { right in
                    count > 0 ? memcmp(left.baseAddress!, right.baseAddress!, count) : 0
                }
            }
            if order != 0 { return order < 0 }
            return a.label.count != b.label.count ? a.label.count < b.label.count : a.place < b.place
        }
    }

    /// The label in lower case, then as it is.
    private static func key(_ offer: Offer) -> [UInt8] {
        let label = Array(offer.candidate.label.utf8)
        return label.map(folded) + [0] + label
    }
}

private let underscore = UInt8(ascii: "_")

/// An ASCII letter in lower case.
func folded(_ byte: UInt8) -> UInt8 { (65...90).contains(byte) ? byte | 32 : byte }
