extension Setting {
    static let locals = Setting.flag(
        "locals", "Let top-level locals of an entry outlive it.", read: { $0.evaluator.promotesLocals },
        write: { $0.evaluator.promotesLocals = $1 })

    static let debug = Setting.flag(
        "debug", "Keep the variables of an error's calls for :debug.", read: { $0.interpreter.keepsVariables },
        write: { conversation, isKept in
            conversation.interpreter.keepsVariables = isKept
            if !isKept { conversation.interpreter.postMortem = nil }
        })
}
