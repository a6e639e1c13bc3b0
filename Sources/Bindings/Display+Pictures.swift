import Kernel

extension LuaFunction {
    /// The same function, whose text goes where `print` writes instead of being returned.
    static func writing(_ function: LuaFunction) -> LuaFunction {
        LuaFunction(
            name: function.name, kind: function.kind, summary: function.summary, source: function.source,
            example: function.example, signature: function.signature, returns: "",
            body: .stack { interpreter, state in
                let shown = try interpreter.gathering {
                    _ = try interpreter.serve(function, state)
                    return interpreter.readString(state, -1)
                }
                if let observer = interpreter.showObserver {
                    observer(interpreter.forms(state, 1, shown: shown))
                } else {
                    interpreter.output(shown.text + "\n")
                }
                return 0
            })
    }
}

/// Where and how pictures are shown: parameters that every `show` of pictures has.
enum PictureOptions {
    static let columns = Parameter<Int?>(
        "columns", nil, "pictures in a row; nil takes as many as fit", .within(1...1000))
    static let width = Parameter<Int?>(
        "width", nil, "columns of the screen; nil is the terminal's", .within(Screen.sizes))
    static let height = Parameter<Int?>(
        "height", nil, "lines of the screen; nil is the terminal's", .within(Screen.sizes))
    static let palette = Parameter<Screen.Palette?>("palette", nil, "colours; nil is what the terminal shows")
    static let graphics = Parameter<Screen.Graphics?>(
        "graphics", nil, "real pixels; nil asks the terminal once, none takes characters")

    static func screen(_ width: Int?, _ palette: Screen.Palette?) -> Screen {
        var screen = Screen.current
        screen.width = width ?? screen.width
        screen.palette = palette ?? screen.palette
        return screen
    }
    /// A palette is a wish for characters.
    static func graphics(_ graphics: Screen.Graphics?, _ palette: Screen.Palette?) -> Screen.Graphics {
        graphics ?? (palette == nil ? Screen.graphics : .none)
    }
}

/// What stands under pictures: numbers or words, one for each.
struct CaptionList: ParameterValue {
    enum Entry { case label(Int), text(String) }
    let entries: [Entry]
    static let typeName = "integer|integer[]|string[]|Tensor"
    static let takesList = true

    init?(_ value: Value) throws {
        if let tensor = try Tensor(value) {
            guard tensor.rank <= 1, !tensor.dtype.isFloat else {
                throw KernelError.shape(op: "show", shapes: [tensor.shape], reason: "a vector of labels expected")
            }
            entries = try tensor.array(Int64.self).map { .label(Int($0)) }
        } else if let label = Int(value) {
            entries = [.label(label)]
        } else if let list = try [Int](value) {
            entries = list.map { .label($0) }
        } else if let list = try [String](value) {
            entries = list.map { .text($0) }
        } else {
            return nil
        }
    }
    var recorded: Value {
        .list(entries.map { if case .label(let label) = $0 { .int(label) } else { .null } })
    }

    /// The class at a place; nil beyond the end and for words.
    func label(_ place: Int) -> Int? {
        if place < entries.count, case .label(let label) = entries[place] { label } else { nil }
    }
    func text(_ place: Int) -> String? {
        if place < entries.count, case .text(let text) = entries[place] { text } else { nil }
    }
}

/// Pictures of a batch with labels and predictions under them.
func pictureGrid(
    _ batch: Tensor, labels: CaptionList?, predictions: CaptionList?, names: [String], columns: Int?, _ screen: Screen
) throws -> PictureGrid {
    let text = LabelText(names, isUnicode: screen.isUnicode)
    let cells = try (0..<batch.shape[0]).map { place -> PictureGrid.Cell in
        let words = [labels?.text(place), predictions?.text(place)].compactMap { $0 }.map { PictureGrid.Caption($0) }
        let caption = text.caption(labels?.label(place), prediction: predictions?.label(place))
        return .init(try Picture(batch.select(0, place)), words + (caption.map { [$0] } ?? []))
    }
    return PictureGrid(cells, columns: columns)
}

/// Pictures of a batch at most; more would scroll away.
private let mostPictures = 256

extension Tensor {
    /// What `show` writes: one picture, a grid of them, or the text of a tensor that is neither.
    func pictured(
        labels: CaptionList?, predictions: CaptionList?, names: [String], columns: Int?, _ screen: Screen,
        _ graphics: Screen.Graphics?, _ palette: Screen.Palette?
    ) throws -> String {
        let hasCaptions = columns != nil || labels != nil || predictions != nil
        let isBatch = rank == 4 || rank == 3 && shape[0] != 1 && shape[0] != 3 || rank == 2 && hasCaptions
        do {
            let batch = isBatch ? detached() : try detached().reshape([1] + shape)
            guard count > 0, rank > 0 else { return description }
            let shown = batch.shape[0] > mostPictures ? try batch.narrow(0, 0, mostPictures) : batch
            let grid = try pictureGrid(
                shown, labels: labels, predictions: predictions, names: names, columns: columns, screen)
            let text = try grid.text(on: screen, PictureOptions.graphics(graphics, palette))
            return batch.shape[0] > mostPictures ? "\(text)\n... \(batch.shape[0] - mostPictures) more" : text
        } catch is KernelError {
            return description
        }
    }
}

// MARK: - Histograms

extension LuaClass {
    static func addHistogram(_ c: inout LuaClassBuilder<Tensor>) {
        c.method(
            "hist", "How the elements are distributed, drawn as bars; `histogram` gives the counts as tensors.",
            example: "tensor.randn({1000}, {seed = 1}):hist{bins = 40}",
            Parameter("bins", 40, "how many bins", .within(1...1000)),
            Parameter<Double?>("low", nil, "lowest edge; nil is the smallest element"),
            Parameter<Double?>("high", nil, "highest edge; nil is the largest element")
        ) { x, bins, low, high in try HistogramView(x, bins: bins, low: low, high: high) }
    }

    static let histogram = LuaClass(HistogramView.self, "How values are distributed; the prompt draws it.") { c in
        c.example = "hist = x:hist{bins = 10}"
        c.property("counts", "How many values lie in each bin.") { $0.counts }
        c.property("edges", "The ends of the bins, one more than there are bins.") { $0.edges }
        c.property("outside", "Values in no bin, nan among them.") { $0.outside }
        c.methods.append(
            .writing(
                LuaFunction(
                    method: "show", of: HistogramView.self, "Draws the bars.", example: "hist:show{height = 4}",
                    PictureOptions.width,
                    Parameter("height", 8, "lines", .within(1...200))
                ) { histogram, width, height in
                    histogram.text(on: PictureOptions.screen(width, nil), height: height)
                }))
        c.description { "\($0)" }
    }
}

// MARK: - Data sets and results of attacks

extension LuaClass {
    static func addPictures(_ c: inout LuaClassBuilder<Dataset>) {
        c.methods.append(
            .writing(
                LuaFunction(
                    method: "show", of: Dataset.self,
                    "Writes examples as pictures with their labels and, given a model, what it takes them for.",
                    example: "d:show{count = 6, model = net}",
                    Parameter("count", 12, "how many", .within(1...256)),
                    Parameter("first", 1, "the first example, from 1", .atLeast(1)),
                    Parameter<ModelArgument?>("model", .none, "whose predictions stand beside the labels"),
                    PictureOptions.columns, PictureOptions.width, PictureOptions.palette, PictureOptions.graphics
                ) { data, count, first, model, columns, width, palette, graphics in
                    let screen = PictureOptions.screen(width, palette)
                    let places = Array((0..<data.count).dropFirst(first - 1).prefix(count))
                    guard !places.isEmpty else { return data.description }
                    return try data.grid(places, model, columns, screen).text(
                        on: screen, PictureOptions.graphics(graphics, palette))
                }))
    }

    static func addGallery(_ c: inout LuaClassBuilder<AttackResult>) {
        c.method(
            "gallery",
            "Examples as original, amplified perturbation around mid-grey, and final point: broken ones first.",
            example: "r:gallery{count = 2}:show()", Parameter("count", 8, "how many", .within(1...256))
        ) { result, count in try result.gallery(count: count) }
    }

    static let gallery = LuaClass(Gallery.self, "Adversarial examples to look at; the prompt shows the pictures.") {
        c in
        c.example = "gallery = r:gallery{count = 2}"
        c.property("factor", "What perturbations are multiplied with.") { $0.factor }
        c.property("count", "Number of examples.") { $0.entries.count }
        c.method(
            "save", "Write the pictures, without captions, as .png: a row for each example.",
            example: "gallery:save(\"gallery.png\")", Parameter<String>("path", "the file")
        ) { gallery, path in try gallery.save(path) }
        c.methods.append(
            .writing(
                LuaFunction(
                    method: "show", of: Gallery.self, "Writes the pictures with their captions.",
                    example: "gallery:show{palette = \"none\"}", PictureOptions.columns, PictureOptions.width,
                    PictureOptions.palette, PictureOptions.graphics
                ) { gallery, columns, width, palette, graphics in
                    let screen = PictureOptions.screen(width, palette)
                    return try gallery.shown(on: screen, PictureOptions.graphics(graphics, palette), columns: columns)
                }))
        c.description { "\($0)" }
    }
}

extension Dataset {
    fileprivate func grid(_ places: [Int], _ model: ModelArgument?, _ columns: Int?, _ screen: Screen) throws
        -> PictureGrid
    {
        let images = try images(places), names = LabelText(classNames, isUnicode: screen.isUnicode)
        let target = try model?.target(gradientsFrom: nil, range: nil, queries: nil)
        let predictions = try target?.logits(images).argmax(1).array(Int64.self).map { Int($0) }
        let cells = try places.enumerated().map { row, place in
            PictureGrid.Cell(
                try Picture(images.select(0, row)),
                [names.caption(label(place), prediction: predictions?[row])].compactMap { $0 })
        }
        return PictureGrid(cells, columns: columns)
    }
}
