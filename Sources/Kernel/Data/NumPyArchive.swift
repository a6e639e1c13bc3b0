import CZlib

/// Arrays by name in NumPy's npz format: a zip archive of npy files, stored or deflated.
public enum NumPyArchive {
    /// The archive's arrays in the order of its directory. Members that are no `.npy` are passed over.
    /// - Throws: `KernelError.file` when the archive or a member is damaged or of a kind that is not read.
    public static func read(_ path: String) throws -> [(name: String, tensor: Tensor)] {
        let file = try Files.read(path)
        return try file.withUnsafeBytes { bytes in
            var seen: Set<String> = []
            return try ZipArchive(bytes, path).members.filter { $0.name.hasSuffix(".npy") }.map { member in
                let name = String(member.name.dropLast(4))
                guard seen.insert(name).inserted else {
                    throw KernelError.file(path: path, reason: "has two arrays named \(quoted(name))")
                }
                let contents = try member.contents(bytes, path)
                return (name, try contents.withUnsafeBytes { try NumPy.parse($0, "\(path)/\(member.name)") })
            }
        }
    }

    /// Writes the arrays, deflated when `compress`; at most 4 GiB.
    public static func write(_ path: String, _ tensors: [(name: String, tensor: Tensor)], compress: Bool = false) throws
    {
        try AtomicFile.write(path) { file in
            var archive = ZipWriter(file, path)
            for (name, tensor) in tensors {
                guard !name.isEmpty, !name.utf8.contains(0), name.utf8.count < 1000 else {
                    throw KernelError.file(
                        path: path, reason: "\(quoted(name, limit: 40)) cannot be the name of an array")
                }
                let header = NumPy.header(tensor)
                try tensor.readBytes { elements in
                    try header.withUnsafeBytes { try archive.add("\(name).npy", [$0, elements], compress: compress) }
                }
            }
            try archive.finish()
        }
    }
}

/// The directory of a zip archive, zip64 included. Every length and offset is checked against the file.
struct ZipArchive {
    struct Member {
        var name: String, method: UInt16, flags: UInt16, sum: UInt32, packed: Int, size: Int, offset: Int
    }
    private(set) var members: [Member] = []

    init(_ file: UnsafeRawBufferPointer, _ path: String) throws {
        func wrong(_ reason: String) -> KernelError {
            .file(path: path, reason: "not a readable zip archive: \(reason)")
        }
        guard let end = ZipArchive.findEnd(file) else { throw wrong("it has no directory") }
        var count = Int(file.u16(end + 10)), start = Int(file.u32(end + 16))
        if count == 0xFFFF || start == 0xFFFF_FFFF {
            guard end >= 20, file.u32(end - 20) == 0x0706_4B50, let record = Int(exactly: file.u64(end - 12)),
                record <= file.count - 56, file.u32(record) == 0x0606_4B50,
                let total = Int(exactly: file.u64(record + 32)), let first = Int(exactly: file.u64(record + 48))
            else { throw wrong("its zip64 directory is damaged") }
            (count, start) = (total, first)
        }
        var place = start
        while members.count < count {
            guard place <= file.count - 46, file.u32(place) == 0x0201_4B50 else {
                throw wrong("its directory is damaged")
            }
            let nameLength = Int(file.u16(place + 28)), extraLength = Int(file.u16(place + 30))
            let next = place + 46 + nameLength + extraLength + Int(file.u16(place + 32))
            guard next <= file.count else { throw wrong("its directory is damaged") }
            var member = Member(
                name: String(decoding: file[place + 46..<place + 46 + nameLength], as: UTF8.self),
                method: file.u16(place + 10), flags: file.u16(place + 8), sum: file.u32(place + 16),
                packed: Int(file.u32(place + 20)), size: Int(file.u32(place + 24)), offset: Int(file.u32(place + 42)))
            let extra = place + 46 + nameLength
            guard member.widen(file, extra..<extra + extraLength) else { throw wrong("its zip64 fields are damaged") }
            members.append(member)
            place = next
        }
    }

    /// The end record stands at the end, before a comment of at most 65535 bytes.
    private static func findEnd(_ file: UnsafeRawBufferPointer) -> Int? {
        var place = file.count - 22
        while place >= 0, place >= file.count - 22 - 0xFFFF {
            if file.u32(place) == 0x0605_4B50 { return place }
            place -= 1
        }
        return nil
    }
}

extension ZipArchive.Member {
    /// Takes the 64-bit fields for those that are full; false when they are missing.
    fileprivate mutating func widen(_ file: UnsafeRawBufferPointer, _ extra: Range<Int>) -> Bool {
        let full = 0xFFFF_FFFF
        guard size == full || packed == full || offset == full else { return true }
        var place = extra.lowerBound
        while place + 4 <= extra.upperBound {
            let kind = file.u16(place), end = place + 4 + Int(file.u16(place + 2))
            guard end <= extra.upperBound else { return false }
            place += 4
            guard kind == 1 else { place = end; continue }
            for field in [\Self.size, \Self.packed, \Self.offset] where self[keyPath: field] == full {
                guard place + 8 <= end, let wide = Int(exactly: file.u64(place)) else { return false }
                self[keyPath: field] = wide
                place += 8
            }
            return true
        }
        return false
    }

    /// The member's bytes, decompressed and checked.
    func contents(_ file: UnsafeRawBufferPointer, _ path: String) throws -> [UInt8] {
        func wrong(_ reason: String) -> KernelError {
            .file(path: path, reason: "\(quoted(name, limit: 60)) \(reason)")
        }
        guard flags & 1 == 0 else { throw wrong("is encrypted") }
        guard method == 0 || method == 8 else {
            throw wrong("is compressed by method \(method); stored and deflate are read")
        }
        guard offset <= file.count - 30, file.u32(offset) == 0x0403_4B50 else { throw wrong("has no header") }
        let start = offset + 30 + Int(file.u16(offset + 26)) + Int(file.u16(offset + 28))
        guard start <= file.count, packed <= file.count - start else { throw wrong("is cut off") }
        guard method == 8 ? size <= packed.multipliedReportingOverflow(by: 1032).partialValue + 1032 : size == packed
        else {
            throw wrong("has a wrong size")
        }
        let source = UnsafeRawBufferPointer(rebasing: file[start..<start + packed])
        guard size < MemoryPool.physicalBytes else { throw KernelError.memory(bytes: size) }
        let bytes = try method == 0 ? arrayInPieces(source.count) { source[$0] } : inflated(source, path)
        guard bytes.count == size, try bytes.withUnsafeBytes({ try CyclicSum.of([$0]) }) == sum else {
            throw wrong("is damaged")
        }
        return bytes
    }

    private func inflated(_ source: UnsafeRawBufferPointer, _ path: String) throws -> [UInt8] {
        let inflater = try Inflater(.raw)
        return try [UInt8](unsafeUninitializedCapacity: size) { target, count in
            count = try inflater.step(source, into: UnsafeMutableRawBufferPointer(target), path).made
        }
    }
}

extension UnsafeRawBufferPointer {
    /// Little-endian numbers at an offset that the caller has checked.
    fileprivate func u16(_ offset: Int) -> UInt16 {
        UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
    fileprivate func u32(_ offset: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    fileprivate func u64(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}
