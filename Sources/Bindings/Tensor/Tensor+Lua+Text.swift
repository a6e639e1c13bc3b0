import Kernel

extension LuaClass {
    static func addShowing(_ c: inout LuaClassBuilder<Tensor>) {
        c.group("display")
        c.method(
            "text", "The header and the elements as text, clipped to the screen.",
            example: "print(x:text{full = true})",
            Parameter("full", false, "every element, of at most 1048576"),
            Parameter<Int?>("width", nil, "columns; nil is the terminal's"),
            Parameter<Int?>("height", nil, "lines; nil is the terminal's")
        ) { x, full, width, height in
            let screen = Screen.current
            guard !full || x.count <= 1 << 20 else {
                throw KernelError.value(
                    op: "Tensor:text", name: "full", expected: "false for more than 1048576 elements",
                    got: "\(x.count) elements")
            }
            return x.text(
                on: Screen(width: width ?? screen.width, height: height ?? screen.height, palette: screen.palette),
                full: full)
        }
        c.method(
            "picture",
            "The tensor as a picture made of characters: HxW, 1xHxW, 3xHxW, or a square as a vector.",
            example: "print(x:picture())",
            Parameter<Int?>("width", nil, "columns; nil is the terminal's"),
            Parameter<Screen.Palette?>("palette", nil, "colours; nil is what the terminal shows")
        ) { x, width, palette in try x.picture(on: screen(width, palette)) }
        c.methods.append(show)
    }

    fileprivate static func screen(_ width: Int?, _ palette: Screen.Palette?) -> Screen {
        let screen = Screen.current
        return Screen(width: width ?? screen.width, height: screen.height, palette: palette ?? screen.palette)
    }

    /// `x:show()` writes where `print` writes, so it needs the interpreter.
    private static let show: LuaFunction = {
        let picture = LuaFunction(
            method: "show", of: Tensor.self, "Writes the tensor as a picture, or as text when it is none.",
            example: "x:show()", Parameter<Int?>("width", nil, "columns; nil is the terminal's"),
            Parameter<Screen.Palette?>("palette", nil, "colours; nil is what the terminal shows")
        ) { x, width, palette in
            do { return try x.picture(on: screen(width, palette)) } catch is KernelError { return x.description }
        }
        return LuaFunction(
            name: picture.name, kind: picture.kind, summary: picture.summary, source: "", example: picture.example,
            signature: picture.signature, returns: "",
            body: .stack { interpreter, state in
                _ = try interpreter.serve(picture, state)
                interpreter.output(interpreter.readString(state, -1) + "\n")
                return 0
            })
    }()
}
