/// The defaults of other libraries and papers for "PGD": five attacks that share a name.
public enum PGDPreset: String, Choice {
    case madry, madry_mnist, torchattacks, foolbox, advertorch, art

    /// As the common implementations have them: eps, step, steps, random start.
    private var settings: (eps: Double, alpha: (Double) -> Double, steps: Int, random: Bool) {
        switch self {
        case .madry, .torchattacks: (8.0 / 255, { _ in 2.0 / 255 }, 10, true)
        case .madry_mnist, .advertorch: (0.3, { _ in 0.01 }, 40, true)
        case .foolbox: (8.0 / 255, { $0 * 0.01 / 0.3 }, 40, true)
        case .art: (0.3, { _ in 0.1 }, 100, false)
        }
    }

    /// `attack.pgd` with these settings spelled out, and another eps when one is given.
    public func attack(eps: Double? = nil) throws -> Attack {
        let settings = settings, eps = eps ?? settings.eps
        return try Attack.pgdRecipe.build([
            .table(
                .init(named: [
                    ("eps", .number(eps)), ("alpha", .number(settings.alpha(eps))), ("steps", .int(settings.steps)),
                    ("random_start", .flag(settings.random)),
                ]))
        ])
    }
}
