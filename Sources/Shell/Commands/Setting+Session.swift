extension Setting {
    static let locals = Setting.flag(
        "locals", "Let top-level locals of an entry outlive it.", read: { $0.evaluator.promotesLocals },
        write: { $0.evaluator.promotesLocals = $1 })
}
