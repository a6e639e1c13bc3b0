import CPrompt
import Kernel

extension Screen {
    /// Lets the first picture ask the terminal whether it shows pixels; nothing is asked before. `ASSAY_GRAPHICS` decides
    /// instead when it names one of the ways.
    static func askForGraphicsLater() {
        if let wish = environmentVariable("ASSAY_GRAPHICS").flatMap(Graphics.init(rawValue:)) {
            return useGraphics(wish)
        }
        setGraphicsProbe {
            guard Terminal.isInput, Terminal.isOutput, isStyled(environmentVariable) else { return nil }
            switch prompt_probe_graphics(100) {
            case PROMPT_GRAPHICS_KITTY: return .kitty
            case PROMPT_GRAPHICS_SIXEL: return .sixel
            case PROMPT_GRAPHICS_NONE: return Graphics.none
            default: return nil
            }
        }
    }
}

extension Setting {
    static let graphics = Setting(
        name: "graphics", summary: "How pictures are shown: real pixels, or characters (none).",
        values: "auto|none|kitty|sixel", read: { _ in Screen.chosenGraphics?.rawValue ?? "auto" },
        write: { _, value in
            if value == "auto" { return Screen.useGraphics(nil) }
            guard let graphics = Screen.Graphics(rawValue: value) else {
                throw CommandError(":set graphics: auto, none, kitty or sixel expected, got '\(value)'")
            }
            Screen.useGraphics(graphics)
        })
}
