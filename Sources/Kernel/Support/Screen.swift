import Synchronization

/// What text is made for: the size of a terminal and the colours it shows. Kernel only asks; the shell knows.
public struct Screen: Sendable, Equatable {
    /// Columns and lines.
    public var width: Int, height: Int
    /// Columns and lines that a user may ask for.
    public static let sizes = 1...10_000
    public var palette: Palette
    /// Whether texts may be made faint or coloured.
    public var isStyled: Bool
    /// Whether characters beyond ASCII are shown: braille, arrows, blocks.
    public var isUnicode: Bool
    /// Whether it is a terminal, where lines that are too long are broken at spaces.
    public var isTerminal = false
    /// The size of a character in pixels, for terminals that show pixels.
    public var pixelsPerCharacter = Size(width: 10, height: 20)

    public struct Size: Sendable, Equatable {
        public var width: Int, height: Int
        public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
    }

    public init(
        width: Int = 80, height: Int = 24, palette: Palette = .none, isStyled: Bool = false, isUnicode: Bool = false
    ) {
        (self.width, self.height, self.palette) = (width, height, palette)
        (self.isStyled, self.isUnicode) = (isStyled, isUnicode)
    }

    /// Colours that a terminal shows.
    public enum Palette: String, Choice {
        /// Plain characters only.
        case none
        /// The 256 colours: 24 greys, and a cube of 6x6x6 for coloured pictures.
        case greys
        /// 24-bit colours.
        case colours
    }

    /// How a terminal shows pixels, if it does.
    public enum Graphics: String, Choice { case none, kitty, sixel }

    private struct GraphicsState {
        var known: Graphics?
        var probe: (@Sendable () -> Graphics?)?
    }
    private static let graphicsState = Mutex(GraphicsState())

    /// How the session's terminal shows pixels: what it was told to be, or what the probe found when first asked.
    public static var graphics: Graphics {
        let state = graphicsState.withLock { $0 }
        if let known = state.known { return known }
        guard let found = state.probe?() else { return .none }
        graphicsState.withLock { $0.known = found }
        return found
    }
    /// What is known of it without asking.
    public static var chosenGraphics: Graphics? { graphicsState.withLock { $0.known } }
    /// Sets how pixels are shown; nil asks the terminal when the next picture is shown.
    public static func useGraphics(_ graphics: Graphics?) { graphicsState.withLock { $0.known = graphics } }
    /// Sets how the terminal is asked; the probe gives nil when it cannot be asked now.
    public static func setGraphicsProbe(_ probe: (@Sendable () -> Graphics?)?) {
        graphicsState.withLock { $0.probe = probe }
    }

    private static let state = Mutex(Screen())
    /// The session's screen: what tensors and pictures are printed for. Set by the shell.
    public static var current: Screen {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
