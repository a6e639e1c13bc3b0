import COneDNN

/// The process-wide handles of oneDNN and the one place where its status codes become errors.
enum OneDNN {
    private struct Handles: @unchecked Sendable {
        let engine: dnnl_engine_t?
        let stream: dnnl_stream_t?
        /// Scratch memory comes from our pool, not from oneDNN's own buffers.
        let attributes: dnnl_primitive_attr_t?
    }
    private static let handles: Handles = {
        var engine: dnnl_engine_t?, stream: dnnl_stream_t?, attributes: dnnl_primitive_attr_t?
        dnnl_engine_create(&engine, dnnl_cpu, 0)
        dnnl_stream_create(&stream, engine, dnnl_stream_default_flags.rawValue)
        dnnl_primitive_attr_create(&attributes)
        dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user)
        return Handles(engine: engine, stream: stream, attributes: attributes)
    }()

    static var engine: dnnl_engine_t? { handles.engine }
    static var stream: dnnl_stream_t? { handles.stream }
    static var attributes: dnnl_primitive_attr_t? { handles.attributes }

    /// - Throws: `KernelError.state` naming the operation and its sizes unless the status is success.
    static func check(_ status: dnnl_status_t, _ op: String, _ detail: @autoclosure () -> String = "") throws {
        guard status != dnnl_success else { return }
        let reason =
            switch status {
            case dnnl_out_of_memory: "out of memory"
            case dnnl_invalid_arguments: "invalid arguments"
            case dnnl_unimplemented: "not implemented for these sizes"
            default: "status \(status.rawValue)"
            }
        let detail = detail()
        throw KernelError.state(op: op, reason: "oneDNN: \(reason)" + (detail.isEmpty ? "" : " (\(detail))"))
    }
}

extension DType {
    /// oneDNN's name for the type; nil when it has none.
    var native: dnnl_data_type_t? {
        switch self {
        case .float32: dnnl_f32
        case .int32: dnnl_s32
        case .uint8: dnnl_u8
        case .int8: dnnl_s8
        case .float64, .int64, .bool: nil
        }
    }
}
