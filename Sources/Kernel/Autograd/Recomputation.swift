// A result that the graph can compute again, bit for bit, need not be kept for the backward pass. A normalisation keeps its
// operand, the convolution's output, for its own derivative; max(0, y) of it, which the next convolution's weight
// gradient wants, is a pass over memory away. So the graph keeps a recipe in its place, and memory holds one tensor per
// layer instead of two. (Chen et al. 2016 call it trading computation for memory; Rota Bulò et al. 2018 do it to
// normalisations.)
//
// Recipes are made of native blocks alone. Nobody writes into one that somebody else holds: whoever looks at elements
// gets a row-major copy, so that what a recipe reads is what the call has read.

/// How the result of a call is computed again.
final class Recomputation: @unchecked Sendable {
    typealias Body = @Sendable (_ operands: [Tensor]) throws -> Tensor
    typealias Sum = @Sendable (_ operands: [Tensor], _ other: Tensor) throws -> Tensor

    /// Off in tests that compare with results that were kept.
    @TaskLocal static var isAllowed = true
    /// Recipes stand on recipes so many levels deep at most: every so many residual blocks a sum is kept. Computing one
    /// again is so bounded, in time and in depth of the stack.
    private static let deepest = 8

    private let extents: Extents, dtype: DType
    private let body: Body
    /// max(0, result + other) from the operands in one pass, when there is such a pass.
    var sumThenRelu: Sum?
    /// What the body reads; none once the result is there again.
    private(set) var operands: [Kept]
    let depth: Int
    /// The block of the first time, as long as somebody needs it.
    private weak var first: NativeBlock?
    private let version: Int
    /// The block of the second time, kept for as long as this recipe is when several wait for it.
    private(set) var second: NativeBlock?
    /// How many keep this recipe in the result's place.
    private var readers = 0

    /// A recipe for `y` from operands that are kept anyway; nil when there is none or it would be too deep.
    ///
    /// - Parameter onlyRecipes: whether the operands are kept only as recipes, so that a tensor among them would have to be
    ///   kept for this one.
    convenience init?(of y: Tensor, from operands: [Tensor], onlyRecipes: Bool = false, _ body: @escaping Body) {
        guard Recomputation.isAllowed else { return nil }
        for operand in operands where operand.recipe == nil {
            guard !onlyRecipes, operand.nativeBlock != nil else { return nil }
        }
        self.init(of: y, depth: operands.map(\.recipe), { operands.map { Kept($0) } }, body)
    }

    /// A recipe for y = max(0, a + b) that makes a in the same pass; nil when a knows no such pass.
    convenience init?(of y: Tensor, sumOf a: Tensor, _ b: Tensor) throws {
        guard let recipe = a.recipe, let sum = recipe.sumThenRelu, !recipe.operands.isEmpty, b.recipe != nil,
            y.nativeBlock?.layout == a.nativeBlock?.layout
        else { return nil }
        self.init(
            of: y, depth: recipe.operands.map(\.recipe) + [b.recipe], { recipe.operands.map(\.again) + [Kept(b)] }
        ) { operands in try sum(operands.dropLast(), operands.last!) }
    }

    private init?(of y: Tensor, depth below: [Recomputation?], _ operands: () -> [Kept], _ body: @escaping Body) {
        depth = 1 + (below.compactMap { $0?.depth }.max() ?? 0)
        guard depth <= Recomputation.deepest, let block = y.nativeBlock else { return nil }
        (self.operands, self.body, extents, dtype) = (operands(), body, y.extents, y.dtype)
        (first, version) = (block, block.storage.version)
    }

    /// Says that one more keeps this recipe.
    func addReader() { readers += 1 }

    /// Whether the tensor still is what the call gave: someone may have turned it into row-major order, and written.
    func gives(_ tensor: Tensor) -> Bool {
        guard let block = tensor.nativeBlock else { return false }
        return block === current
    }

    private var current: NativeBlock? {
        second ?? first.flatMap { $0.storage.version == version ? $0 : nil }
    }

    /// The result of the call.
    func tensor() throws -> Tensor {
        let block = try current ?? computed()
        return Tensor(extents, dtype, .native(block))
    }

    private func computed() throws -> NativeBlock {
        let result = try body(operands.map { try $0.tensor() })
        let block = try result.block(op: "recomputation")
        if readers > 1 { (second, operands) = (block, []) }
        return block
    }
}

/// What the graph keeps of an operand or a result.
enum Kept {
    case tensor(Tensor)
    case recipe(Recomputation)
    /// The derivative that is wanted does not need it.
    case nothing

    /// The tensor, detached, or its recipe when there is one.
    init(_ tensor: Tensor) {
        if let recipe = tensor.recipe {
            self = Kept.recipe(recipe).again
        } else {
            self = .tensor(tensor.node == nil ? tensor : tensor.detached())
        }
    }

    var recipe: Recomputation? { if case .recipe(let recipe) = self { recipe } else { nil } }

    /// The same kept by one more.
    var again: Kept {
        recipe?.addReader()
        return self
    }

    func tensor() throws -> Tensor {
        switch self {
        case .tensor(let tensor): tensor
        case .recipe(let recipe): try recipe.tensor()
        case .nothing: .absent
        }
    }
}

extension Tensor {
    /// How these elements can be computed again, when the graph knows a way and they still are what it gives.
    var recipe: Recomputation? {
        guard let recipe = node?.recomputation, recipe.gives(self) else { return nil }
        return recipe
    }
}
