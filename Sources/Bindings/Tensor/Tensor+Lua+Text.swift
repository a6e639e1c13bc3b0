import Kernel

extension LuaClass {
    static func addShowing(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("display")
        c.method(
            "text", "The header and the elements as text, clipped to the screen.",
            example: "print(x:text{full = true})",
            Parameter("full", false, "every element, of at most 1048576"),
            PictureOptions.width, PictureOptions.height
        ) { x, full, width, height in
            let screen = Screen.current
            guard !full || x.count <= 1 << 20 else {
                throw KernelError.value(
                    op: "Tensor:text", name: "full", expected: "false for more than 1048576 elements",
                    got: "\(x.count) elements")
            }
            return x.text(on: Screen(width: width ?? screen.width, height: height ?? screen.height), full: full)
        }
        c.method(
            "picture",
            "The tensor as a picture made of characters: HxW, 1xHxW, 3xHxW, or a square as a vector.",
            example: "print(x:picture())",
            PictureOptions.width, PictureOptions.palette
        ) { x, width, palette in try x.picture(on: PictureOptions.screen(width, palette)) }
        c.methods.append(show)
        addHistogram(&c)
    }

    /// `x:show()` writes where `print` writes, so it needs the interpreter.
    private static let show = LuaFunction.writing(
        LuaFunction(
            method: "show", of: Tensor.self,
            "Writes the tensor as a picture, a batch as a grid of them, and as text what is neither.",
            example: "tensor.rand{3, 8, 8}:show{columns = 3, labels = {1, 2, 3}}", PictureOptions.width,
            PictureOptions.palette, PictureOptions.columns,
            Parameter<CaptionList?>("labels", .none, "classes, or words, to stand under the pictures"),
            Parameter<CaptionList?>("predictions", .none, "classes beside the labels; wrong ones are marked"),
            Parameter<[String]>("names", [], "names of the classes 0, 1, ..."), PictureOptions.graphics
        ) { x, width, palette, columns, labels, predictions, names, graphics in
            try x.pictured(
                labels: labels, predictions: predictions, names: names, columns: columns,
                PictureOptions.screen(width, palette), graphics, palette)
        })
}
