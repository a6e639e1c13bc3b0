import Foundation
import Glibc
import Kernel
import TestSupport
import Testing

@testable import Shell

@Suite(.serialized) struct RecordKillTests {
    @Test("kill -9 at any of 50 random moments leaves the old record or the new one, whole, with all its files")
    func kills() throws {
        func text(_ number: Int) -> String {
            "-- %% name=\"a\"\nshow(tensor.randn({8}, {seed = \(number)}))\n-- %% name=\"b\"\nfor i = 1, 3 do show(tensor.rand({1, 8, 8}, {seed = 10 * \(number) + i})) end\nprint(\(number))\n"
        }
        let desk = try NotebookDesk(text(0)), start = now()
        try desk.run()
        let whole = now() - start
        var generator = SystemRandomNumberGenerator(), survivors = 0, published = try desk.record().stable
        for number in 1...50 {
            desk.directory.write("nb.lua", text(number))
            let child = try Child(
                Assay.binary, ["run", "-q", "--trust", desk.path],
                environment: Assay.environment(home: desk.directory.path),
                streams: [(1, .path("/dev/null"))])
            usleep(UInt32(Double.random(in: 0...1.2, using: &generator) * whole * 1e6))
            child.signal(SIGKILL)
            if child.wait() == 0 { survivors += 1 }
            let record = try desk.record(), files = RecordFiles(record: desk.recordPath)
            let isNew = record.stable.notebook.sha256 == (try Digest.of(text(number)))
            #expect(isNew || record.stable == published, "neither the old record nor the new one")
            #expect(record.media.count == 7)
            for medium in record.media { #expect(files.bytes(medium) != nil, "a file of the record is missing or cut") }
            published = record.stable
        }
        #expect(survivors < 50, "no run was killed")
    }
}
