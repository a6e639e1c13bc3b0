/// Strings that a parameter often is, found when somebody asks for them: names of data sets, of a model's layers.
///
/// Others are allowed; a closed set of strings is a `Choice`. Finding them must be quick and change nothing.
public enum Suggestions: Sendable {
    /// Names, given the object whose method is called where it is at hand.
    case names(@Sendable (_ receiver: (any Sendable)?) -> [String])
    /// Paths of files; those with one of these endings come first.
    case files([String])

    /// Names that depend on nothing.
    public static func names(_ list: @escaping @Sendable () -> [String]) -> Suggestions { .names { _ in list() } }

    /// Names that an object of a type has.
    public static func of<T>(_ type: T.Type, _ list: @escaping @Sendable (T) -> [String]) -> Suggestions {
        .names { receiver in (receiver as? T).map(list) ?? [] }
    }
}
