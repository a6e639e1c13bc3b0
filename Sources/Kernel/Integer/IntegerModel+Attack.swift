/// Verdicts come from integers, gradients from the differentiable twin.
extension IntegerModel: Attackable {
    public var attackedName: String { "integer(\(spec.rawValue)) \(source.attackedName)" }
    public var verdict: Target.Forward { { [self] in try logits($0) } }
    public var surrogate: Target.Forward? { { [self] in try twin.forward($0, .evaluation) } }
    public var examplesPerPass: Int { source.examplesPerPass }
    public var isDifferentiable: Bool { false }
}
