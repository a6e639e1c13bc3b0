import Synchronization

/// What text is made for: the size of a terminal and the colours it shows. Kernel only asks; the shell knows.
public struct Screen: Sendable, Equatable {
    /// Columns and lines.
    public var width: Int, height: Int
    public var palette: Palette
    /// Whether texts may be made faint or coloured.
    public var isStyled: Bool

    public init(width: Int = 80, height: Int = 24, palette: Palette = .none, isStyled: Bool = false) {
        (self.width, self.height, self.palette, self.isStyled) = (width, height, palette, isStyled)
    }

    /// Colours that a terminal shows.
    public enum Palette: String, Choice {
        /// Plain characters only.
        case none
        /// The 24 greys of the 256-colour palette.
        case greys
        /// 24-bit colours.
        case colours
    }

    private static let state = Mutex(Screen())
    /// The session's screen: what tensors and pictures are printed for. Set by the shell.
    public static var current: Screen {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
