import CPrompt
import Kernel

extension Screen {
    /// The terminal of standard output; 80 by 24 without colours when it is none, so that files do not depend on it.
    static var standardOutput: Screen {
        guard Terminal.isOutput else {
            let isStyled = forcesColours(environmentVariable)
            return Screen(
                palette: isStyled ? palette(environmentVariable) : .none, isStyled: isStyled, isUnicode: localeIsUnicode
            )
        }
        var screen = Screen(
            width: Int(prompt_columns()), height: Int(prompt_lines()), palette: palette(environmentVariable),
            isStyled: isStyled(environmentVariable), isUnicode: localeIsUnicode)
        screen.isTerminal = true
        var (width, height): (CInt, CInt) = (0, 0)
        if prompt_character_size(&width, &height) {
            screen.pixelsPerCharacter = Size(width: Int(width), height: Int(height))
        }
        return screen
    }

    /// Whether colours are wanted in files and pipes too, which `--color always` says by this variable.
    private static func forcesColours(_ variable: (String) -> String?) -> Bool {
        !["", "0"].contains(variable("CLICOLOR_FORCE") ?? "") && variable("NO_COLOR") ?? "" == ""
    }

    /// Whether texts may have colours: not with `NO_COLOR` or on a dumb terminal, unless they are forced.
    static func isStyled(_ variable: (String) -> String?) -> Bool {
        forcesColours(variable) || (variable("TERM") ?? "dumb") != "dumb" && variable("NO_COLOR") ?? "" == ""
    }

    /// The colours by the environment: none with `NO_COLOR`, on a dumb terminal, or without a Unicode locale, since
    /// pictures in colour are made of half blocks.
    static func palette(_ variable: (String) -> String?) -> Palette {
        let terminal = variable("TERM") ?? "dumb"
        guard localeIsUnicode, terminal != "dumb", variable("NO_COLOR") ?? "" == "" else { return .none }
        if ["truecolor", "24bit"].contains(variable("COLORTERM") ?? "") { return .colours }
        return terminal.hasSuffix("256color") ? .greys : .none
    }
}
