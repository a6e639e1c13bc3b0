import Foundation
import Kernel
import Testing
import TestSupport

@testable import Bindings

/// Runs every example and then repeats its call with each numeric parameter at the ends of what numbers are: what the
/// random calls of `FuzzTests` meet rarely, since everything else about such a call must be right. A trap ends the run.
///
/// `ASSAY_FUZZ_SKIP` leaves functions out, as for `FuzzTests`; the last call stands in the file that is printed.
@Suite(.serialized) struct ExtremeArgumentTests {
    @Test("numbers at the ends of their range end in results and errors, never in a trap")
    func extremes() throws {
        let folder = try TemporaryDirectory()
        let here = FileManager.default.currentDirectoryPath
        ExampleFiles.write(in: folder.path)
        _ = FileManager.default.changeCurrentDirectoryPath(folder.path)
        defer { _ = FileManager.default.changeCurrentDirectoryPath(here) }
        let note = FileManager.default.temporaryDirectory.appending(path: "assay-extremes-last-call-\(getpid()).txt")
        print("extremes: last call in \(note.path)")

        let lua = try Interpreter()
        lua.output = { _ in }
        try lua.run("io.stdout:setvbuf('full') print = function() end")
        try lua.run("local p = ... \(harness)", arguments: [.text(note.path)])
        let step = try #require(try Function(lua.global("step"))).callback
        for line in ExampleTests.prelude where !line.isEmpty { try lua.evaluate(line, name: "=prelude") { _ in } }

        let watch = CallWatch()
        watch.start()
        defer { watch.stop() }
        var calls = 0, unseen: [String] = []
        for case .table(let entry) in FuzzTests.entries(lua.catalogue) {
            if case .text("property")? = entry["kind"] { continue }
            guard case .text(let name)? = entry["qualified"], let example = Self.example(name, lua.catalogue) else {
                continue
            }
            try lua.setGlobal("entry", .table(entry))
            try lua.run("watch(entry)")
            try? lua.evaluate(example, name: "=example") { _ in }
            try lua.run("unwatch()")
            guard case .int(let count) = try lua.global("planned") else { continue }
            if count < 0 { unseen.append(name) }
            for call in 0..<max(0, count) {
                watch.begin()
                do { _ = try step.call([.int(call + 1)]) } catch is Interrupted {}
                let late = watch.end()
                if late > 1 { print("extremes: \(late) s after the interrupt: \(Self.line(note))") }
                #expect(late < 10, "not interruptible: \(Self.line(note))")
            }
            calls += max(0, count)
        }
        print("extremes: \(calls) calls")
        #expect(calls > 10_000)
        #expect(unseen == [], "the example does not call its function")
    }

    private static func line(_ note: URL) -> String {
        String((try? String(contentsOf: note, encoding: .utf8))?.prefix { $0 != "\n" } ?? "")
    }

    private static func example(_ name: String, _ catalogue: Catalogue) -> String? {
        catalogue.functions.first { $0.signature.name == name && !$0.example.isEmpty }?.example
    }

    /// `watch(entry)` waits for the first call of that function and keeps its arguments; `unwatch` plans the calls
    /// with one argument replaced, by place and by name; `step(n)` makes the n-th.
    private let harness = #"""
        local note = io.open(p, "w")
        local huge = math.maxinteger
        local extremes = {huge, huge - 1, math.mininteger, -1, 0, 1, 1 << 31, 1 << 32, (1 << 53) + 1, 1 << 62,
          0/0, 1/0, -1/0, 1e308, -1e308, 1e19, 5e-324, 0.5}
        local seen, f, list, count, plans

        function watch(entry)
          f, list, plans, planned = nil, nil, {}, -1
          seen = entry
          debug.sethook(function()
            if f then return end
            local info = debug.getinfo(2, "nSf")
            if info.what ~= "C" or info.name ~= entry.name then return end
            f, list, count = info.func, {}, 0
            while true do
              local name, value = debug.getlocal(2, count + 1)
              if not name then break end
              count = count + 1
              list[count] = value
            end
          end, "c")
        end

        local function numeric(type) return type:find("integer") or type:find("number") or type == "any" end

        local function text(value)
          if type(value) == "table" then
            local parts = {}
            for k, v in pairs(value) do parts[#parts + 1] = tostring(k) .. "=" .. text(v) end
            return "{" .. table.concat(parts, ",") .. "}"
          elseif type(value) == "userdata" then return tostring(debug.getmetatable(value).__name) end
          return tostring(value)
        end

        function unwatch()
          debug.sethook()
          -- a function whose example reaches it by another name: what it does without arguments
          if not f and seen.kind == "function" and seen.owner ~= "" then f, list, count = _G[seen.owner][seen.name], {}, 0 end
          if not f then return end
          planned = 0
          local first = (seen.kind == "method" or seen.kind == "operation") and 1 or 0
          local options = count > first and type(list[count]) == "table" and getmetatable(list[count]) == nil
            and next(list[count]) ~= nil and type(next(list[count])) == "string" and list[count]
          for at, parameter in ipairs(seen.parameters) do
            if numeric(parameter.type) then
              for _, value in ipairs(extremes) do
                local forms = {value}
                if parameter.type:find("%[%]") then forms = {value, {value}, {value, value}, {1, value}} end
                for _, form in ipairs(forms) do
                  local place, named, byName = {table.unpack(list, 1, count)}, {}, {table.unpack(list, 1, count)}
                  place[first + at] = form
                  plans[#plans + 1] = {place, math.max(count, first + at)}
                  for k, v in pairs(options or {}) do named[k] = v end
                  named[parameter.name] = form
                  byName[options and count or count + 1] = named
                  plans[#plans + 1] = {byName, options and count or count + 1}
                end
              end
            end
          end
          planned = #plans
        end

        function step(number)
          local plan = plans[number]
          local parts = {}
          for i = 1, plan[2] do parts[i] = text(plan[1][i]) end
          note:seek("set")
          note:write(seen.qualified, "(", table.concat(parts, ", "), ")\n", (" "):rep(200), "\n")
          note:flush()
          local results = table.pack(pcall(f, table.unpack(plan[1], 1, plan[2])))
          if results[1] then for i = 2, results.n do tostring(results[i]) end end
        end
        """#
}
