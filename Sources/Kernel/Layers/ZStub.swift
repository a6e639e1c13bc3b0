extension Recipe where Product == Module {
    static let maxPool = Recipe("nn", "max_pool", "s.") { try Module(.flatten) }
    static let averagePool = Recipe("nn", "avg_pool", "s.") { try Module(.flatten) }
    static let globalAveragePool = Recipe("nn", "global_avg_pool", "s.") { try Module(.flatten) }
}
