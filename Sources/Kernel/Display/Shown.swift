/// A value that the prompt shows as something to look at, while its text names it.
public protocol Shown: Sendable {
    /// Lines for a screen, perhaps with pixels.
    func shown(on screen: Screen, _ graphics: Screen.Graphics) throws -> String
}
