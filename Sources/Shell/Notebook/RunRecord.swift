import Kernel

/// What a run of a notebook did: the receipt that `verify`, `render --from-record` and `diff` read.
///
/// It is written as canonical JSON (sorted keys) in two parts. `stable` is the same for the same notebook, program and
/// machine; `volatile` is never compared. Pictures and tensors stand beside it in files named by their SHA-256.
struct RunRecord: Equatable, Sendable {
    var stable: Stable
    var volatile: Volatile

    struct Stable: Equatable, Sendable {
        var format = 1
        /// The notebook's file name without its folders, and the SHA-256 of its bytes.
        var notebook: Source
        /// Version, commit, build, Lua and its hash seed, the generator of random numbers, processor, instruction set,
        /// threads: what made the numbers, as JSON, shown in the receipt.
        var program: JSON
        var rootSeed: Int
        /// The parameters as they were, defaults included, by name.
        var parameters: [JSON.Field]
        /// What the header asked for, what was granted and what was used.
        var permissions: JSON
        /// Files that the run read.
        var inputs: [Source]
        var cells: [CellRecord]
        /// The root of a hash tree over the cells: code, seeds and digests of outputs that are compared exactly.
        var root: String
        /// Names of the parameters that the run was given instead of the defaults.
        var given: [String] = []
        /// What was in `...`.
        var arguments: [String] = []
    }

    struct Source: Equatable, Sendable {
        var path: String
        var bytes: Int
        var sha256: String
    }

    /// One cell of the notebook, of whatever kind; those after a failure have the status `skipped`.
    struct CellRecord: Equatable, Sendable {
        enum Status: String, Sendable { case done, failed, interrupted, skipped, text }

        /// The cell's name; without one `cell-3` for the third cell of code, `text-2` for the second of text.
        var name: String
        var kind: Notebook.Cell.Kind
        var codeDigest: String
        var seed: Int
        var status: Status
        /// How the outputs are compared: `exact`, `approx`, `shape`, `stat` or `none`.
        var expect: String
        var outputs: [Output]
        /// SHA-256 over everything in the outputs that is compared.
        var outputDigest: String
        /// Warnings of evaluations (`W07 ...`) that the cell gave.
        var warnings: [String] = []
        /// Tolerances of `approx` and `stat`; nil for the usual ones.
        var rtol: Double?
        var atol: Double?
        /// Paths of the inputs that the cell read; their digests stand in `Stable.inputs`.
        var inputs: [String] = []
        /// Digests of the models that the cell made or changed, by the name of their variable.
        var models: [JSON.Field] = []
        /// How many streams of random numbers the cell drew from the session's generator.
        var draws = 0
    }

    /// One thing that a cell put out, in the order in which it did.
    enum Output: Equatable, Sendable {
        /// Text on standard output or standard error, as it was written.
        case stream(isError: Bool, text: String)
        /// A value that was shown.
        case value(ShownValue)
        /// What ended the cell: the message with its place and excerpt as the user reads it, and Lua's plain message.
        case error(text: String, message: String)
    }

    /// A value as it can be shown and compared.
    struct ShownValue: Equatable, Sendable {
        /// The text that a prompt without colours shows, 100 columns wide.
        var text: String
        /// Numbers, texts, flags and tables of them as JSON; `{"type": "Tensor", "dtype", "shape", "sha256", "rounded",
        /// "minimum", "maximum", "mean", "deviation"}` for a tensor; `{"type": "AttackResult", ...fields}` for others.
        var value: JSON
        /// Columns and rows, for what is a table: cells are JSON numbers or texts.
        var table: JSON?
        /// Other forms: `image/png`, `image/svg+xml`, `application/x-npy`.
        var media: [Medium] = []
    }

    /// A form of a value in a file of its own: `blobs/<sha256>.<ending>` beside the record.
    struct Medium: Equatable, Sendable {
        var type: String
        var sha256: String
        var bytes: Int
    }

    /// What differs from run to run.
    struct Volatile: Equatable, Sendable {
        /// Seconds since 1970.
        var started: Double
        var seconds: Double
        var peakBytes: Int
        var host: String
        /// One for each cell, in order.
        var cells: [CellCost]
    }
    struct CellCost: Equatable, Sendable {
        var seconds: Double
        var processorSeconds: Double
        /// The largest resident size of the process up to the cell's end.
        var peakBytes: Int
        var isCached: Bool
        /// Why a cell that asked to be cached was not.
        var note: String?
    }
}
