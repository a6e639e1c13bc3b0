import COneDNN

/// The native engine behind convolutions and products.
public enum Engine {
    /// `2.6.3`
    public static var version: String {
        guard let version = dnnl_version()?.pointee else { return "unknown" }
        return "\(version.major).\(version.minor).\(version.patch)"
    }
}
