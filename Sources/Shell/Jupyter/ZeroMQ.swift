import CZMQ
import Glibc

/// The functions of libzmq that a kernel needs, found in the library when the first kernel starts.
///
/// Linked in the ordinary way it would bring six more libraries into every start of the program, Kerberos among them.
struct ZeroMQ: @unchecked Sendable {
    typealias Handle = UnsafeMutableRawPointer

    let newContext: @convention(c) () -> Handle?
    let endContext: @convention(c) (Handle?) -> CInt
    let newSocket: @convention(c) (Handle?, CInt) -> Handle?
    let closeSocket: @convention(c) (Handle?) -> CInt
    let setOption: @convention(c) (Handle?, CInt, UnsafeRawPointer?, Int) -> CInt
    let bind: @convention(c) (Handle?, UnsafePointer<CChar>?) -> CInt
    let send: @convention(c) (Handle?, UnsafeRawPointer?, Int, CInt) -> CInt
    let poll: @convention(c) (UnsafeMutablePointer<zmq_pollitem_t>?, CInt, CLong) -> CInt
    let beginPart: @convention(c) (UnsafeMutablePointer<zmq_msg_t>?) -> CInt
    let receivePart: @convention(c) (UnsafeMutablePointer<zmq_msg_t>?, Handle?, CInt) -> CInt
    let partBytes: @convention(c) (UnsafeMutablePointer<zmq_msg_t>?) -> Handle?
    let partSize: @convention(c) (UnsafePointer<zmq_msg_t>?) -> Int
    let partHasMore: @convention(c) (UnsafePointer<zmq_msg_t>?) -> CInt
    let endPart: @convention(c) (UnsafeMutablePointer<zmq_msg_t>?) -> CInt
    private let errorText: @convention(c) (CInt) -> UnsafePointer<CChar>?
    private let errorNumber: @convention(c) () -> CInt

    /// What is wrong with the library, or what it says of a call.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    static let library = "libzmq.so.5"

    /// Opens the library.
    /// - Throws: `ZeroMQ.Failure` when it is not installed.
    init(library: String = ZeroMQ.library) throws {
        guard let handle = dlopen(library, RTLD_NOW | RTLD_LOCAL) else {
            throw Failure(
                description: "\(library) cannot be loaded; install the package libzmq5 (apt-get install libzmq5)")
        }
        func find<F>(_ name: String, as type: F.Type = F.self) throws -> F {
            guard let symbol = dlsym(handle, name) else {
                throw Failure(description: "\(library) has no function \(name); version 4 is needed")
            }
            return unsafeBitCast(symbol, to: type)
        }
        newContext = try find("zmq_ctx_new")
        endContext = try find("zmq_ctx_term")
        newSocket = try find("zmq_socket")
        closeSocket = try find("zmq_close")
        setOption = try find("zmq_setsockopt")
        bind = try find("zmq_bind")
        send = try find("zmq_send")
        poll = try find("zmq_poll")
        beginPart = try find("zmq_msg_init")
        receivePart = try find("zmq_msg_recv")
        partBytes = try find("zmq_msg_data")
        partSize = try find("zmq_msg_size")
        partHasMore = try find("zmq_msg_more")
        endPart = try find("zmq_msg_close")
        errorText = try find("zmq_strerror")
        errorNumber = try find("zmq_errno")
    }

    /// The last error of the calling thread.
    var failure: Failure { Failure(description: errorText(errorNumber()).map { String(cString: $0) } ?? "unknown") }
}
