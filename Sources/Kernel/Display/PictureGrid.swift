/// Pictures side by side with lines of text under each, as lines for a screen: pixels where the terminal shows them,
/// otherwise characters.
public struct PictureGrid: Sendable {
    public struct Caption: Equatable, Sendable {
        public var text: String
        /// Something is wrong here: red, where there are colours.
        public var isMarked: Bool
        public init(_ text: String, marked: Bool = false) { (self.text, isMarked) = (text, marked) }
    }
    public struct Cell: Sendable {
        public var picture: Picture
        public var captions: [Caption]
        public init(_ picture: Picture, _ captions: [Caption] = []) {
            (self.picture, self.captions) = (picture, captions)
        }
    }

    /// Gathers the grids that are made into text while it is set: for forms with pixels of what is shown.
    @TaskLocal public static var gathered: Gathered?
    public final class Gathered: @unchecked Sendable {  // used by the thread that shows
        public var grids: [PictureGrid] = []
        public init() {}
    }

    public var cells: [Cell]
    /// Pictures in a row; nil takes as many as fit.
    public var columns: Int?
    /// The number in a row is a multiple of this: pictures that belong together stay together.
    public var group = 1
    private let gap = 2

    public init(_ cells: [Cell], columns: Int? = nil, group: Int = 1) {
        (self.cells, self.columns, self.group) = (cells, columns, group)
    }

    /// The grid as text.
    /// - Throws: `KernelError.memory`.
    public func text(on screen: Screen, _ graphics: Screen.Graphics = .none) throws -> String {
        guard let largest = cells.map(\.picture.width).max(), largest > 0 else { return "" }
        PictureGrid.gathered?.grids.append(self)
        let perPixel = screen.palette == .none && graphics == .none ? 2 : 1
        let natural = max(graphics == .none ? largest * perPixel : graphicsColumns, captionColumns)
        let inRow = rowLength(natural, screen)
        let width = min(natural, max(4, (screen.width + gap) / inRow - gap))
        let rows = stride(from: 0, to: cells.count, by: inRow).map { Array(cells[$0..<min($0 + inRow, cells.count)]) }
        return try rows.map { row in
            let pictures =
                graphics == .none
                ? characters(row, width, width / perPixel, screen) : try pixels(row, width, screen, graphics)
            return ([pictures] + captionLines(row, width, screen)).joined(separator: "\n")
        }.joined(separator: rows.first?.first?.captions.isEmpty == true ? "\n\n" : "\n")
    }

    /// Columns of characters that a picture takes where pixels are shown: few pictures are shown large.
    private var graphicsColumns: Int { cells.count == 1 ? 40 : cells.count <= 6 ? 20 : 14 }

    /// Columns that captions would like to have, of at most 16.
    private var captionColumns: Int {
        cells.reduce(0) { most, cell in cell.captions.reduce(most) { max($0, min(16, columnCount($1.text))) } }
    }

    private func rowLength(_ natural: Int, _ screen: Screen) -> Int {
        if let columns { return max(1, columns) }
        let fitting = max(1, (screen.width + gap) / (natural + gap))
        return min(cells.count, max(group, fitting / group * group))
    }

    // MARK: characters

    private func characters(_ row: [Cell], _ width: Int, _ pixels: Int, _ screen: Screen) -> String {
        let blocks = row.map { cell -> (lines: [String], columns: Int) in
            let picture = cell.picture.shrunk(to: pixels)
            return (picture.lines(screen.palette), picture.columns(screen.palette))
        }
        let height = blocks.map(\.lines.count).max() ?? 0
        return (0..<height).map { line in
            let parts = blocks.enumerated().map { place, block in
                let text = line < block.lines.count ? block.lines[line] : String(repeating: " ", count: block.columns)
                let isLast = place == blocks.count - 1
                return text + (isLast ? "" : String(repeating: " ", count: max(0, width - block.columns) + gap))
            }
            return trimmedRight(parts.joined())
        }.joined(separator: "\n")
    }

    // MARK: pixels

    /// All pictures of a row on one canvas, so that the captions stand below them whatever the terminal does.
    private func pixels(_ row: [Cell], _ width: Int, _ screen: Screen, _ graphics: Screen.Graphics) throws -> String {
        let cell = screen.pixelsPerCharacter
        let lines =
            row.map { cell in
                let height = Double(cell.picture.height * width * screen.pixelsPerCharacter.width)
                return Int((height / Double(cell.picture.width * screen.pixelsPerCharacter.height)).rounded(.up))
            }.max() ?? 1
        let columns = row.count * (width + gap) - gap
        var canvas = Picture(height: lines * cell.height, width: columns * cell.width, grey: 0)
        for (place, item) in row.enumerated() {
            let size = fitted(item.picture, height: canvas.height, width: width * cell.width)
            canvas.paste(
                item.picture.scaled(height: size.height, width: size.width), top: 0,
                left: place * (width + gap) * cell.width)
        }
        return graphics == .kitty ? try canvas.kitty(columns: columns, lines: lines) : canvas.sixel()
    }

    private func fitted(_ picture: Picture, height: Int, width: Int) -> (height: Int, width: Int) {
        let scaled = picture.height * width / picture.width
        return scaled <= height
            ? (max(1, scaled), width) : (height, max(1, picture.width * height / picture.height))
    }

    /// The pictures without captions on white, each so many pixels wide.
    public func canvas(columns: Int, width: Int, gap: Int) -> Picture {
        let rows = stride(from: 0, to: cells.count, by: columns).map { cells[$0..<min($0 + columns, cells.count)] }
        let heights = rows.map { row in
            row.map { max(1, $0.picture.height * width / max(1, $0.picture.width)) }.max() ?? 1
        }
        var canvas = Picture(
            height: heights.reduce(gap) { $0 + $1 + gap }, width: columns * (width + gap) + gap, grey: 255)
        var top = gap
        for (row, height) in zip(rows, heights) {
            for (place, cell) in row.enumerated() {
                let size = fitted(cell.picture, height: height, width: width)
                canvas.paste(
                    cell.picture.scaled(height: size.height, width: size.width), top: top,
                    left: gap + place * (width + gap))
            }
            top += height + gap
        }
        return canvas
    }

    /// The pictures without captions, small ones enlarged by a whole factor, as a PNG.
    /// - Throws: `KernelError.memory`.
    public func png() throws -> [UInt8] {
        let widest = cells.map(\.picture.width).max() ?? 1, wanted = cells.count == 1 ? 224 : 112
        let factor = max(1, wanted / max(1, widest))
        let inRow = columns ?? (group > 1 ? group : min(cells.count, 8))
        if cells.count == 1 {
            let picture = cells[0].picture
            return try picture.scaled(height: picture.height * factor, width: picture.width * factor).png()
        }
        return try canvas(columns: max(1, min(inRow, cells.count)), width: factor * widest, gap: 8).png()
    }

    // MARK: captions

    private func captionLines(_ row: [Cell], _ width: Int, _ screen: Screen) -> [String] {
        let count = row.map(\.captions.count).max() ?? 0
        return (0..<count).map { line in
            let parts = row.map { cell -> String in
                guard line < cell.captions.count else { return String(repeating: " ", count: width + gap) }
                let caption = cell.captions[line]
                let text = clipped(caption.text, to: width, mark: screen.isUnicode ? "…" : ".")
                let space = String(repeating: " ", count: max(0, width + gap - columnCount(text)))
                return (caption.isMarked && screen.isStyled ? "\u{1b}[31m\(text)\u{1b}[0m" : text) + space
            }
            return trimmedRight(parts.joined())
        }
    }
}

/// Without spaces at the end.
func trimmedRight(_ text: String) -> String {
    let end = text.utf8.lastIndex { $0 != 0x20 }
    return end.map { String(text[...$0]) } ?? ""
}
