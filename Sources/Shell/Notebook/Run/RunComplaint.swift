import Kernel

/// A notebook, or what is asked of it, that cannot be run; the text is all that the user reads.
struct RunComplaint: Error, Equatable, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }

    /// A key of a cell's marker that has a wrong value.
    static func key(_ key: String, of cell: String, expected: String, got: JSON) -> RunComplaint {
        RunComplaint("cell '\(cell)': \(key): \(expected) expected, got \(shortened(got.description, to: 40))")
    }
    /// A field of the header that has a wrong value.
    static func header(_ field: String, expected: String, got: JSON) -> RunComplaint {
        RunComplaint("header: assay.\(field): \(expected) expected, got \(shortened(got.description, to: 40))")
    }
}
