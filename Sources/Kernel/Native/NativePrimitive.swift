import CKernels
import COneDNN
import Synchronization

/// A compiled oneDNN primitive with the layouts it chose. Immutable, so any thread may run it.
final class NativePrimitive: @unchecked Sendable {
    let op: String
    let description: dnnl_primitive_desc_t
    private let primitive: dnnl_primitive_t
    private let scratchBytes: Int

    /// Compiles an operation descriptor (a `dnnl_..._desc_t`). A backward primitive takes its forward one as a hint.
    convenience init<D>(
        _ op: String, _ descriptor: D, attributes: dnnl_primitive_attr_t? = OneDNN.attributes,
        hint: NativePrimitive? = nil, detail: @autoclosure () -> String
    ) throws {
        var created: dnnl_primitive_desc_t?
        let status = withUnsafePointer(to: descriptor) {
            dnnl_primitive_desc_create(&created, $0, attributes, OneDNN.engine, hint?.description)
        }
        try OneDNN.check(status, op, detail())
        try self.init(op, created, detail: detail())
    }

    /// A conversion between two layouts of one shape.
    convenience init(reorder source: Layout, to target: Layout) throws {
        var created: dnnl_primitive_desc_t?
        let status = dnnl_reorder_primitive_desc_create(
            &created, source.pointer, OneDNN.engine, target.pointer, OneDNN.engine, OneDNN.attributes)
        try OneDNN.check(status, "reorder")
        try self.init("reorder", created, detail: "")
    }

    private init(_ op: String, _ description: dnnl_primitive_desc_t?, detail: String) throws {
        var created: dnnl_primitive_t?
        let status = dnnl_primitive_create(&created, description)
        guard let created, let description, status == dnnl_success else {
            dnnl_primitive_desc_destroy(description)
            try OneDNN.check(status, op, detail)
            throw KernelError.state(op: op, reason: "oneDNN gave no primitive")
        }
        (self.op, self.description, primitive) = (op, description, created)
        let scratch = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0)
        scratchBytes = scratch.map { Int(clamping: dnnl_memory_desc_get_size($0)) } ?? 0
    }
    deinit {
        dnnl_primitive_destroy(primitive)
        dnnl_primitive_desc_destroy(description)
    }

    /// The layout chosen for an operand or result: `dnnl_query_src_md`, ...
    func layout(_ query: dnnl_query_t, _ index: Int32 = 0) -> Layout {
        guard let found = dnnl_primitive_desc_query_md(description, query, index) else {
            preconditionFailure("\(op): no layout \(query.rawValue)")
        }
        return Layout(copying: found.pointee)
    }
    /// The name of the implementation that oneDNN picked, such as `brgconv:avx512_core`.
    var implementation: String {
        var name: UnsafePointer<CChar>?
        guard dnnl_primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name) == dnnl_success, let name
        else {
            return "?"
        }
        return String(cString: name)
    }

    /// An operand or result of a run by its role: `DNNL_ARG_SRC`, ...
    struct Argument {
        let role: Int32
        let block: NativeBlock
        init(_ role: Int32, _ block: NativeBlock) { (self.role, self.block) = (role, block) }
    }

    func run(_ arguments: [Argument]) throws {
        try Interrupt.check()
        var bound: [dnnl_exec_arg_t] = []
        bound.reserveCapacity(arguments.count + 1)
        defer { for argument in bound { dnnl_memory_destroy(argument.memory) } }
        func bind(_ role: Int32, _ layout: UnsafePointer<dnnl_memory_desc_t>, _ base: UnsafeMutableRawPointer) throws {
            var memory: dnnl_memory_t?
            try OneDNN.check(dnnl_memory_create(&memory, layout, OneDNN.engine, base), op)
            bound.append(dnnl_exec_arg_t(arg: role, memory: memory))
        }
        for argument in arguments { try bind(argument.role, argument.block.layout.pointer, argument.block.base) }
        let scratch = scratchBytes > 0 ? try Storage(bytes: scratchBytes) : nil
        if let scratch, let layout = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0) {
            try bind(DNNL_ARG_SCRATCHPAD, layout, scratch.base)
        }
        let status = withExtendedLifetime((arguments, scratch)) {
            dnnl_primitive_execute(primitive, OneDNN.stream, Int32(bound.count), bound)
        }
        try OneDNN.check(status, op)
        try OneDNN.check(dnnl_stream_wait(OneDNN.stream), op)
    }
}

/// Compiled things by what determines them. Bounded: when full it starts afresh.
final class NativeCache<Entry: AnyObject & Sendable>: Sendable {
    struct Key: Hashable {
        let kind: String
        let numbers: [Int]
        let layouts: [Layout]
        /// oneDNN plans for the number of threads at compile time.
        private let threads = ck_max_threads()
        init(_ kind: String, _ numbers: [Int] = [], _ layouts: [Layout] = []) {
            (self.kind, self.numbers, self.layouts) = (kind, numbers, layouts)
        }
    }
    private let limit = 512
    private let entries = Mutex<[Key: Entry]>([:])

    /// The entry for the key, made on first use.
    func entry(_ key: Key, make: () throws -> Entry) throws -> Entry {
        if let found = entries.withLock({ $0[key] }) { return found }
        let made = try make()
        entries.withLock {
            if $0.count >= limit { $0.removeAll() }
            $0[key] = made
        }
        return made
    }
}
