import Kernel

extension LuaModule {
    static let data = LuaModule("data", "Data sets: published, drawn, or made from tensors.") { m in
        m.add(.loadData)
        m.function("list", "The names that `data.load` knows.", example: "data.list()") {
            DataCatalog.names
        }
        m.recipes(DataCatalog.recipes)
        m.function(
            "from_tensors", "A data set of given examples; images in [0, 1] unless `range` says otherwise.",
            example: "data.from_tensors(tensor.rand(4, 2), {0, 1, 0, 1})",
            Parameter<Tensor>("images", "examples along the first axis"),
            Parameter<LabelList>("labels", "one label per example, from 0"),
            Parameter<Int?>("classes", nil, "number of classes; the largest label + 1 when absent"),
            Parameter("name", "tensors", "what results call it"),
            Parameter<RangeOption>("range", RangeOption(0...1), "{low, high} of the inputs, or false for no limits"),
            body: datasetFromTensors)
        addFiles(&m)
    }

    private static func addFiles(_ m: inout LuaModuleBuilder) {
        m.function(
            "read",
            "The tensor, or the table of tensors and one of strings, in a .npy, .npz, .safetensors or IDX file.",
            example: "data.save(\"x.npy\", x); y = data.read(\"x.npy\")",
            Parameter<String>("path", "the file").suggesting(
                .files([".npy", ".npz", ".safetensors", "ubyte", "ubyte.gz"]))
        ) { path in
            switch try TensorFiles.read(path) {
            case .one(let tensor): return Several(.object(tensor))
            case .named(let tensors, let metadata):
                return Several(
                    .table(.init(named: tensors.map { ($0.name, .object($0.tensor)) })),
                    .table(.init(named: metadata.map { ($0.name, .text($0.value)) })))
            }
        }
        m.function(
            "save", "Write a tensor (.npy) or a table of tensors (.npz, .safetensors), complete or not at all.",
            example:
                "data.save(\"adversarial.safetensors\", {x = r.adversarial, labels = r.labels}, {metadata = {eps = \"0.1\"}})",
            Parameter<String>("path", "the file; its name tells the format").suggesting(
                .files([".npy", ".npz", ".safetensors"])),
            Parameter<TensorOrTable>("value", "a tensor, or a table of tensors by name"),
            Parameter("metadata", Named<String>(entries: []), "strings by name (safetensors)"),
            Parameter("compress", false, "deflate the members (npz)")
        ) { path, value, metadata, compress in
            if let tensor = value.tensor, metadata.entries.isEmpty {
                return try TensorFiles.write(path, .one(tensor))
            }
            let strings = metadata.entries.map { (name: $0.name, value: $0.value) }
            try TensorFiles.write(path, .named(value.entries, metadata: strings), compress: compress)
        }
    }
}

/// One tensor, or several by name.
struct TensorOrTable: ParameterValue {
    let tensor: Tensor?
    let entries: [(name: String, tensor: Tensor)]
    static let typeName = "Tensor|table<string, Tensor>"
    static let takesFields = true
    init?(_ value: Value) throws {
        if let tensor = try Tensor(value) {
            (self.tensor, entries) = (tensor, [])
        } else if let named = try Named<Tensor>(value) {
            (tensor, entries) = (nil, named.entries.map { ($0.name, $0.value) })
        } else {
            return nil
        }
    }
    var recorded: Value { .null }
}

private func datasetFromTensors(
    _ images: Tensor, _ labels: LabelList, _ classes: Int?, _ name: String, _ range: RangeOption
)
    throws -> Dataset
{
    let largest = labels.labels.max() ?? 0
    let count = classes ?? max(0, largest) &+ 1
    guard count > 0, count <= 1_000_000 else {
        throw ArgumentError(
            function: "data.from_tensors", parameter: "classes", expected: "integer from 1 to 1000000",
            got: "number \(count)")
    }
    let kept = images.dtype == .uint8 ? images : try images.converted(to: .float32)
    let table = try Dataset.Table(
        images: kept, labels: labels.labels, classNames: (0..<count).map(String.init), range: range.range)
    return Dataset(table, name: name)
}

extension LuaFunction {
    /// `data.load("mnist", {dir = ...})` and `data.load{"mnist", dir = ...}`: the options are the recipe's.
    fileprivate static let loadData = LuaFunction(
        name: "load", kind: .function, summary: "Load or draw a data set; the result has .train and .test.", source: "",
        example: "data.load(\"fashion-mnist\")",
        signature: Signature(
            "data.load",
            [
                Parameter<DataName>("name", "which data set").info,
                Parameter("options", AnyValue(.null), "the data set's own options").info,
            ]), returns: TrainTest.typeName,
        body: .values { arguments in
            var arguments = arguments
            if arguments.count == 1, case .table(var fields) = arguments[0], !fields.list.isEmpty {
                arguments = [fields.list.removeFirst(), .table(fields)]
            } else if arguments.count == 1, let elements = arguments[0].elements {
                arguments = elements
            }
            guard let first = arguments.first, let name = String(first) else {
                let got = arguments.first?.errorText ?? "nothing"
                throw ArgumentError(function: "data.load", parameter: "name", expected: "string", got: got)
            }
            return .one(.object(try DataCatalog.recipe(name).build(Array(arguments.dropFirst()))))
        }, variant: { try? DataCatalog.recipe($0).signature })
}

/// The name of a data set, as a type whose choices help and completion know.
private struct DataName: ParameterValue {
    static let typeName = DataCatalog.names.map { "\"\($0)\"" }.joined(separator: "|")
    let name: String
    init?(_ value: Value) { if let name = String(value) { self.name = name } else { return nil } }
    var recorded: Value { .text(name) }
}

/// Labels as a list or as a tensor of integers.
struct LabelList: ParameterValue {
    let labels: [Int]
    static let typeName = "integer[]|Tensor"
    static let takesList = true
    init?(_ value: Value) throws {
        if let tensor = try Tensor(value) {
            guard tensor.rank == 1, !tensor.dtype.isFloat else {
                throw KernelError.shape(op: "labels", shapes: [tensor.shape], reason: "a vector of integers expected")
            }
            labels = try tensor.array(Int64.self).map { Int($0) }
        } else if let list = try [Int](value) {
            labels = list
        } else {
            return nil
        }
    }
    var recorded: Value { .integers(labels) }
}

/// `{low, high}`, or false for no limits.
struct RangeOption: ParameterValue {
    let range: ClosedRange<Double>?
    static let typeName = "number[]|false"
    static let takesList = true
    init(_ range: ClosedRange<Double>?) { self.range = range }
    init?(_ value: Value) throws {
        if case .flag(false) = value { range = nil; return }
        guard let ends = try [Double](value), ends.count == 2, ends[0] <= ends[1] else { return nil }
        range = ends[0]...ends[1]
    }
    var recorded: Value { range.map { .numbers([$0.lowerBound, $0.upperBound]) } ?? .flag(false) }
}

extension LuaClass {
    static let trainTest = LuaClass(TrainTest.self, "A data set with a part to train on and a part to test on.") { c in
        c.example = "fashion = data.load(\"fashion-mnist\")"
        c.property("train", "The examples to train on.") { $0.train }
        c.property("test", "The examples to test on.") { $0.test }
        c.property("name", "The data set's name.") { $0.name }
        c.property("bayes_error", "The smallest possible error where it is known, otherwise nil.") { $0.bayesError }
    }

    static let dataset = LuaClass(Dataset.self, "Labelled examples; taking and shuffling copy nothing.") { c in
        c.example = "d = fashion.test:head(100)"
        c.property("images", "All images as one float32 tensor.") { try $0.images() }
        c.property("labels", "All labels as one int64 tensor.") { try $0.labels() }
        c.property("count", "Number of examples.") { $0.count }
        c.property("shape", "The shape of one example.") { $0.exampleShape }
        c.property("classes", "Names of the classes, for labels 0, 1, ...") { $0.classNames }
        c.property("class_counts", "Numbers of examples of the classes.") { $0.classCounts }
        c.property("name", "The data set's name.") { $0.name }
        c.property("source", "Where the examples come from: `fashion-mnist/test:head(1000)`.") { $0.source }
        c.property("digest", "SHA-256 of the contents.") { try $0.digest() }
        c.property("range", "The values that inputs may take, {low, high}, or nil.") { data in
            data.range.map { [$0.lowerBound, $0.upperBound] }
        }
        addChoosing(&c)
        addWalking(&c)
        addPictures(&c)
        c.method("describe", "Source, shape, range, digest and class counts as text.", example: "print(d:describe())") {
            try $0.describe()
        }
        c.unary(.length, "Number of examples.") { $0.count }
        c.description { "\($0)" }
    }

    private static func addChoosing(_ c: inout LuaClassBuilder<Dataset>) {
        c.method("head", "The first n examples.", example: "d:head(5)", Parameter("n", 10, "how many", .atLeast(0))) {
            try $0.head($1)
        }
        c.method(
            "take", "Examples by place (from 1), or where a mask is true, in that order.", example: "d:take{1, 5, 9}",
            Parameter<PlaceList>("indices", "places from 1, or a boolean tensor")
        ) { data, places in try data.take(places.indices(data.count)) }
        c.method(
            "shuffle", "All examples in an order that the seed alone decides.", example: "d:shuffle(7)",
            Parameter<Int?>("seed", nil, "the session's next stream when absent")
        ) { data, seed in data.shuffle(Session.key(seed: seed), seed: seed) }
        c.method(
            "split", "Disjoint parts by fractions or by counts; consecutive, or shuffled first when a seed is given.",
            example: "train, rest = d:split({0.9, 0.1}, {seed = 7})",
            Parameter<[Double]>("parts", "fractions that sum to at most 1, or counts"),
            Parameter<Int?>("seed", nil, "shuffles before splitting")
        ) { data, parts, seed in
            Several(try data.split(parts, key: seed.map { Key(seed: $0) }, seed: seed).map { .object($0) })
        }
        c.method(
            "by_class", "The examples of one class.", example: "d:by_class(3)", Parameter<Int>("class", "the label")
        ) {
            try $0.byClass($1)
        }
    }

    private static func addWalking(_ c: inout LuaClassBuilder<Dataset>) {
        c.method(
            "batches", "Walk over batches: `for images, labels in d:batches(32) do ... end`.",
            example: "for images, labels in d:batches{size = 32, seed = 7} do show(images.shape) end",
            Parameter("size", 32, "examples in a batch", .positive),
            Parameter<Int?>("seed", nil, "shuffles; file order when absent")
        ) { data, size, seed in try BatchWalk(data, data.batches(size, key: seed.map { Key(seed: $0) })) }
        c.method(
            "map", "A data set of what a function makes of every image.",
            example: "d:map(function(image, label) return 1 - image end)",
            Parameter<Function>("f", "gets image and label, returns a tensor")
        ) { data, f in
            try data.map("map(function)") { image, label in
                let results = try f.callback.call([.object(image), .int(label)])
                guard let first = results.first, let tensor = try Tensor(first) else {
                    let got = results.first?.errorText ?? "nothing"
                    throw CallError("Dataset:map: the function must return a Tensor, got \(got)")
                }
                return tensor
            }
        }
        c.index("Example i (from 1): a table with `image`, `label` and `class`.") { data, key in
            guard let place = Int(key) else { return nil }
            guard place >= 1, place <= data.count else {
                throw KernelError.value(
                    op: "Dataset[]", name: "index", expected: "1 to \(data.count)", got: "index \(place)")
            }
            let image = try data.images(CollectionOfOne(place - 1)).withShape(data.exampleShape)
            let label = data.label(place - 1)
            return .table(
                .init(named: [
                    ("image", .object(image)), ("label", .int(label)), ("class", .text(data.classNames[label])),
                ]))
        }
    }

    static let batchWalk = LuaClass(BatchWalk.self, "A walk over the batches of a data set.") { c in
        c.example = "batches = d:batches(32)"
        c.call(
            "The next images and labels, nothing at the end.",
            Parameter("state", AnyValue(.null), "not used; Lua's `for` passes it"),
            Parameter("previous", AnyValue(.null), "not used; Lua's `for` passes it")
        ) { walk, _, _ in try walk.next() }
        c.unary(.length, "Number of batches.") { $0.count }
    }
}

/// What `d:batches(32)` gives to Lua's `for`.
final class BatchWalk: @unchecked Sendable, TypeNamed {
    static let typeName = "Batches"
    private let data: Dataset
    private var batches: Dataset.Batches
    let count: Int

    init(_ data: Dataset, _ batches: Dataset.Batches) {
        (self.data, self.batches, count) = (data, batches, batches.count)
    }

    func next() throws -> Several {
        try Interrupt.check()
        guard let places = batches.next() else { return Several() }
        let (images, labels) = try data.batch(places)
        return Several(.object(images), .object(labels))
    }
}

/// Places counted from 1, or a boolean tensor as a mask.
struct PlaceList: ParameterValue {
    private enum Content { case places([Int]), mask([Bool]) }
    private let content: Content
    static let typeName = "integer[]|Tensor"
    static let takesList = true

    init?(_ value: Value) throws {
        if let tensor = try Tensor(value) {
            guard tensor.rank == 1, !tensor.dtype.isFloat else {
                throw KernelError.shape(
                    op: "take", shapes: [tensor.shape], reason: "a vector of integers or truth values expected")
            }
            content =
                tensor.dtype == .bool
                ? .mask(try tensor.array(Bool.self)) : .places(try tensor.array(Int64.self).map { Int($0) })
        } else if let list = try [Int](value) {
            content = .places(list)
        } else {
            return nil
        }
    }

    /// Counted from 0; values outside stay outside, for the data set to refuse.
    func indices(_ count: Int) throws -> [Int] {
        switch content {
        case .places(let places): return places.map { $0 &- 1 }
        case .mask(let mask):
            guard mask.count == count else {
                throw KernelError.shape(
                    op: "take", shapes: [[mask.count], [count]], reason: "one truth value per example expected")
            }
            return mask.indices.filter { mask[$0] }
        }
    }
    var recorded: Value { .null }
}
