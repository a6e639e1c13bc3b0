extension Topic {
    /// Lua 5.4's own words and standard library, a line each, with the section of the reference manual.
    static let lua: [Topic] =
        keywords.map { entry($0, .keyword) } + operators.map { entry($0, .keyword) }
        + libraries.flatMap { library in
            [overview(library)] + library.entries.map { entry($0, .library) }
        }

    /// `usage | summary | section`, and in front of it the name where the usage does not begin with it.
    private static func entry(_ line: String, _ kind: Kind) -> Topic {
        let fields = line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
        let usage = fields[0], name = fields.count > 3 ? fields[3] : String(usage.prefix { $0 != "(" && $0 != " " })
        return Topic(
            name, kind, usage: usage, fields[1], source: "Lua 5.4 Reference Manual, section \(fields[2])")
    }

    private static func overview(_ library: Library) -> Topic {
        let rows = library.entries.map { line -> String in
            let fields = line.split(separator: "|").map { $0.split(separator: " ").joined(separator: " ") }
            return "* \(fields[0]) -- \(fields[1])"
        }
        return Topic(
            library.name, .library, library.summary, details: rows.joined(separator: "\n"),
            source: "Lua 5.4 Reference Manual, section \(library.section)")
    }

    private struct Library {
        let name: String, summary: String, section: String, entries: [String]
    }

    private static let libraries = [
        Library(
            name: "lua",
            summary: "Lua's basic functions. ?string, ?table, ?math, ?io, ?os, ?coroutine, ?utf8, ?debug "
                + "and ?package list the other libraries, ?for and so on explain the keywords.",
            section: "6.1", entries: basic),
        Library(
            name: "string", summary: "Strings of bytes; also as methods: s:upper().", section: "6.4", entries: strings),
        Library(name: "table", summary: "Lists in tables.", section: "6.6", entries: tables),
        Library(name: "math", summary: "Functions of numbers.", section: "6.7", entries: mathematics),
        Library(name: "io", summary: "Files.", section: "6.8", entries: files),
        Library(name: "os", summary: "Time, files' names and the process.", section: "6.9", entries: system),
        Library(name: "coroutine", summary: "Functions that pause and go on.", section: "6.2", entries: coroutines),
        Library(name: "utf8", summary: "Characters in UTF-8 strings.", section: "6.5", entries: characters),
        Library(name: "package", summary: "Where require finds modules.", section: "6.3", entries: packages),
        Library(name: "debug", summary: "A look into running code.", section: "6.10", entries: debugging),
    ]

    private static let basic = [
        "assert(v [, message]) | Returns its arguments, or raises the message when v is false or nil. | 6.1",
        "collectgarbage([opt [, arg]]) | Controls the garbage collector: collect, count, step, stop, restart, incremental, generational. | 6.1",
        "dofile([filename]) | Runs a file of Lua and returns what it returns. | 6.1",
        "error(message [, level]) | Raises an error; level 2 blames the caller. | 6.1",
        "_G | The table of the global variables. | 6.1",
        "getmetatable(object) | The metatable of a value, nil for none. | 6.1",
        "ipairs(t) | For loops over t[1], t[2], ... up to the first nil. | 6.1",
        "load(chunk [, chunkname [, mode [, env]]]) | Compiles text into a function; nil and a message when it is wrong. | 6.1",
        "loadfile([filename [, mode [, env]]]) | Compiles a file into a function. | 6.1",
        "next(table [, index]) | The entry after a key, the first for nil; nil after the last. | 6.1",
        "pairs(t) | For loops over all entries, in no particular order. | 6.1",
        "pcall(f [, arg1, ...]) | Calls f; true and its results, or false and the error. | 6.1",
        "print(...) | Writes values to standard output, as tostring gives them. | 6.1",
        "rawequal(v1, v2) | Whether two values are equal, without metamethods. | 6.1",
        "rawget(table, index) | The value at an index, without metamethods. | 6.1",
        "rawlen(v) | The length of a table or string, without metamethods. | 6.1",
        "rawset(table, index, value) | Sets the value at an index, without metamethods. | 6.1",
        "require(modname) | Loads a module once and returns what it returned. | 6.3",
        "select(n, ...) | The arguments from the n-th on; their number for \"#\". | 6.1",
        "setmetatable(table, metatable) | Sets the metatable of a table and returns the table. | 6.1",
        "tonumber(e [, base]) | The number that a value or a string stands for, nil for none. | 6.1",
        "tostring(v) | A value as text. | 6.1",
        "type(v) | The type of a value as text: nil, number, string, boolean, table, function, thread, userdata. | 6.1",
        "_VERSION | \"Lua 5.4\". | 6.1",
        "warn(msg1, ...) | Writes a warning. | 6.1",
        "xpcall(f, msgh [, arg1, ...]) | As pcall, with a function that handles the message. | 6.1",
    ]
    private static let strings = [
        "string.byte(s [, i [, j]]) | The codes of the bytes from i to j. | 6.4",
        "string.char(...) | The string of the bytes with these codes. | 6.4",
        "string.dump(function [, strip]) | A function as bytecode. | 6.4",
        "string.find(s, pattern [, init [, plain]]) | Where a pattern first matches: first, last, captures; nil for nowhere. | 6.4",
        "string.format(formatstring, ...) | Values in a format as in C: %d, %5.2f, %s, %q, %x. | 6.4",
        "string.gmatch(s, pattern [, init]) | For loops over all matches of a pattern. | 6.4",
        "string.gsub(s, pattern, repl [, n]) | With matches replaced by a string, by a table's entry or by what a function returns; and how many. | 6.4",
        "string.len(s) | The number of bytes; also #s. | 6.4",
        "string.lower(s) | In lower case. | 6.4",
        "string.match(s, pattern [, init]) | The captures of the first match, or the match. | 6.4",
        "string.pack(fmt, v1, v2, ...) | Values as bytes in a layout. | 6.4",
        "string.packsize(fmt) | The length of what string.pack gives. | 6.4",
        "string.rep(s, n [, sep]) | A string n times. | 6.4",
        "string.reverse(s) | The bytes in reverse order. | 6.4",
        "string.sub(s, i [, j]) | The bytes from i to j; negative ones count from the end. | 6.4",
        "string.unpack(fmt, s [, pos]) | The values in packed bytes, and the position after them. | 6.4",
        "string.upper(s) | In upper case. | 6.4",
    ]
    private static let tables = [
        "table.concat(list [, sep [, i [, j]]]) | The strings and numbers of a list as one string. | 6.6",
        "table.insert(list, [pos,] value) | Inserts at a position, at the end without one. | 6.6",
        "table.move(a1, f, e, t [, a2]) | Copies a1[f..e] to a2[t..]. | 6.6",
        "table.pack(...) | Its arguments as a list, with their number in field n. | 6.6",
        "table.remove(list [, pos]) | Removes and returns an element, the last without a position. | 6.6",
        "table.sort(list [, comp]) | Sorts in place, by < or by a function that says whether a comes before b. | 6.6",
        "table.unpack(list [, i [, j]]) | The elements as several values. | 6.6",
    ]
    private static let mathematics = [
        "math.abs(x) | The absolute value. | 6.7", "math.acos(x) | The arc cosine, in radians. | 6.7",
        "math.asin(x) | The arc sine, in radians. | 6.7",
        "math.atan(y [, x]) | The arc tangent of y/x, in the right quadrant. | 6.7",
        "math.ceil(x) | The smallest integer not below x. | 6.7", "math.cos(x) | The cosine of radians. | 6.7",
        "math.deg(x) | Radians as degrees. | 6.7", "math.exp(x) | e to the power of x. | 6.7",
        "math.floor(x) | The largest integer not above x. | 6.7",
        "math.fmod(x, y) | The remainder that rounds the quotient towards zero. | 6.7",
        "math.huge | The number that is larger than all others: infinity. | 6.7",
        "math.log(x [, base]) | The logarithm, the natural one without a base. | 6.7",
        "math.max(x, ...) | The largest argument. | 6.7", "math.maxinteger | The largest integer, 2^63 - 1. | 6.7",
        "math.min(x, ...) | The smallest argument. | 6.7", "math.mininteger | The smallest integer, -2^63. | 6.7",
        "math.modf(x) | The whole part and the fraction. | 6.7", "math.pi | The circle's number. | 6.7",
        "math.rad(x) | Degrees as radians. | 6.7",
        "math.random([m [, n]]) | A random number in [0, 1), or an integer from m to n; seed(n) does not reach it, math.randomseed does. | 6.7",
        "math.randomseed([x [, y]]) | Seeds math.random. | 6.7", "math.sin(x) | The sine of radians. | 6.7",
        "math.sqrt(x) | The square root. | 6.7", "math.tan(x) | The tangent of radians. | 6.7",
        "math.tointeger(x) | A whole number as an integer, nil for others. | 6.7",
        "math.type(x) | \"integer\", \"float\", or nil for no number. | 6.7",
        "math.ult(m, n) | Whether m < n as unsigned integers. | 6.7",
        "math.atan2(y, x) | Deprecated: math.atan(y, x). | 6.7", "math.cosh(x) | Deprecated: hyperbolic cosine. | 6.7",
        "math.frexp(x) | Deprecated: m and e with x = m * 2^e. | 6.7",
        "math.ldexp(m, e) | Deprecated: m * 2^e. | 6.7", "math.log10(x) | Deprecated: math.log(x, 10). | 6.7",
        "math.pow(x, y) | Deprecated: x ^ y. | 6.7", "math.sinh(x) | Deprecated: hyperbolic sine. | 6.7",
        "math.tanh(x) | Deprecated: hyperbolic tangent. | 6.7",
    ]
    private static let files = [
        "io.close([file]) | Closes a file, the output without one. | 6.8",
        "io.flush() | Writes out what the output buffers. | 6.8",
        "io.input([file]) | The input, or another one. | 6.8",
        "io.lines([filename, ...]) | For loops over the lines of a file. | 6.8",
        "io.open(filename [, mode]) | A file, or nil and a message; modes r, w, a, r+, w+, a+, with b for bytes. | 6.8",
        "io.output([file]) | The output, or another one. | 6.8",
        "io.popen(prog [, mode]) | Starts a program and gives its output or input as a file. | 6.8",
        "io.read(...) | Reads from the input: \"n\", \"a\", \"l\", \"L\" or a number of bytes. | 6.8",
        "io.stderr | Standard error. | 6.8", "io.stdin | Standard input. | 6.8", "io.stdout | Standard output. | 6.8",
        "io.tmpfile() | A file that goes when the program ends. | 6.8",
        "io.type(obj) | \"file\", \"closed file\", or nil for no file. | 6.8",
        "io.write(...) | Writes strings and numbers to the output. | 6.8",
        "file:close() | Closes the file. | 6.8", "file:flush() | Writes out what the file buffers. | 6.8",
        "file:lines(...) | For loops over the lines. | 6.8",
        "file:read(...) | Reads: \"n\", \"a\", \"l\", \"L\" or a number of bytes. | 6.8",
        "file:seek([whence [, offset]]) | Moves to a place and gives it; whence is set, cur or end. | 6.8",
        "file:setvbuf(mode [, size]) | How output is buffered: no, full or line. | 6.8",
        "file:write(...) | Writes strings and numbers. | 6.8",
    ]
    private static let system = [
        "os.clock() | Seconds of processor time, of all threads; `clock` gives wall time. | 6.9",
        "os.date([format [, time]]) | A time as text, or as a table for \"*t\". | 6.9",
        "os.difftime(t2, t1) | Seconds from t1 to t2. | 6.9",
        "os.execute([command]) | Runs a command of the system's shell. | 6.9",
        "os.exit([code [, close]]) | Ends the program. | 6.9",
        "os.getenv(varname) | An environment variable, nil for none. | 6.9",
        "os.remove(filename) | Deletes a file. | 6.9", "os.rename(oldname, newname) | Renames a file. | 6.9",
        "os.setlocale(locale [, category]) | Sets the locale. | 6.9",
        "os.time([table]) | The time, now or of a table, in seconds. | 6.9",
        "os.tmpname() | A name for a temporary file. | 6.9",
    ]
    private static let coroutines = [
        "coroutine.close(co) | Ends a suspended coroutine and closes its variables. | 6.2",
        "coroutine.create(f) | A coroutine that will run f. | 6.2",
        "coroutine.isyieldable([co]) | Whether it can yield here. | 6.2",
        "coroutine.resume(co [, val1, ...]) | Goes on until the next yield; true and its values, or false and the error. | 6.2",
        "coroutine.running() | The running coroutine, and whether it is the main one. | 6.2",
        "coroutine.status(co) | \"running\", \"suspended\", \"normal\" or \"dead\". | 6.2",
        "coroutine.wrap(f) | A function that resumes a coroutine of f at each call. | 6.2",
        "coroutine.yield(...) | Pauses; the arguments are what resume returns. | 6.2",
    ]
    private static let characters = [
        "utf8.char(...) | The string of these code points. | 6.5",
        "utf8.charpattern | A pattern that matches one character. | 6.5",
        "utf8.codepoint(s [, i [, j [, lax]]]) | The code points of the characters that begin from i to j. | 6.5",
        "utf8.codes(s [, lax]) | For loops over positions and code points. | 6.5",
        "utf8.len(s [, i [, j [, lax]]]) | The number of characters, or nil and the place of a wrong byte. | 6.5",
        "utf8.offset(s, n [, i]) | Where the n-th character begins. | 6.5",
    ]
    private static let packages = [
        "package.config | The system's separators, a line each. | 6.3",
        "package.cpath | Where require looks for modules in C. | 6.3",
        "package.loaded | The modules that are loaded, by name. | 6.3",
        "package.loadlib(libname, funcname) | Links a C library. | 6.3",
        "package.path | Where require looks for modules in Lua. | 6.3",
        "package.preload | Loaders of particular modules, by name. | 6.3",
        "package.searchers | How require finds loaders. | 6.3",
        "package.searchpath(name, path [, sep [, rep]]) | The first file of a path that exists. | 6.3",
    ]
    private static let debugging = [
        "debug.debug() | Reads and runs lines until one says cont. | 6.10",
        "debug.gethook([thread]) | The hook that is set. | 6.10",
        "debug.getinfo([thread,] f [, what]) | What is known of a function or a level of the stack. | 6.10",
        "debug.getlocal([thread,] f, local) | Name and value of a local variable. | 6.10",
        "debug.getmetatable(value) | The metatable of any value. | 6.10",
        "debug.getupvalue(f, up) | Name and value of an upvalue. | 6.10",
        "debug.getuservalue(u, n) | A user value of a userdata. | 6.10",
        "debug.setcstacklimit(limit) | Does nothing since Lua 5.4.3. | 6.10",
        "debug.sethook([thread,] hook, mask [, count]) | Calls a function at calls, returns, lines or instructions. | 6.10",
        "debug.setlocal([thread,] level, local, value) | Sets a local variable. | 6.10",
        "debug.setmetatable(value, table) | Sets the metatable of any value but objects of Assay. | 6.10",
        "debug.setupvalue(f, up, value) | Sets an upvalue of a Lua function. | 6.10",
        "debug.setuservalue(udata, value, n) | Sets a user value of a userdata. | 6.10",
        "debug.traceback([thread,] [message [, level]]) | The calls that led here, as text. | 6.10",
        "debug.upvalueid(f, n) | What tells shared upvalues. | 6.10",
        "debug.upvaluejoin(f1, n1, f2, n2) | Makes an upvalue of f1 that of f2. | 6.10",
    ]

    private static let keywords = [
        "a and b | a when a is false or nil, otherwise b. | 3.4.5 | and",
        "break | Leaves the innermost loop. | 3.3.4",
        "do ... end | A block: its locals end with it. | 3.3.1",
        "if c then ... else ... end | What is done when no condition holds. | 3.3.4 | else",
        "if c then ... elseif d then ... end | Another condition. | 3.3.4 | elseif",
        "do ... end | Ends a block, a loop, a condition or a function. | 3.3 | end",
        "false | The truth value no; only false and nil count as false. | 2.1",
        "for i = first, last [, step] do ... end or for k, v in pairs(t) do ... end | A loop over numbers, the last included, or over what an iterator gives. | 3.3.5",
        "function name(a, b, ...) ... end | A function; function t:m() adds the parameter self. | 3.4.11",
        "goto name | Goes on at the label ::name:: of an enclosing block. | 3.3.4",
        "if c then ... end | Does something under a condition. | 3.3.4",
        "for k, v in pairs(t) do ... end | The iterator of a loop. | 3.3.5 | in",
        "local name [<const> or <close>] = value | A variable of the block. At the prompt top-level locals last for the session. | 3.3.7",
        "nil | The absence of a value; a variable that was never set. | 2.1",
        "not a | true when a is false or nil, otherwise false. | 3.4.5",
        "a or b | a unless a is false or nil, otherwise b: the idiom for defaults. | 3.4.5 | or",
        "repeat ... until c | A loop that ends when a condition holds; it sees the block's locals. | 3.3.4",
        "return a, b | Ends a function with its results. | 3.3.4",
        "if c then ... end | What is done when a condition holds. | 3.3.4 | then",
        "true | The truth value yes. | 2.1",
        "repeat ... until c | The condition that ends a repeat loop. | 3.3.4 | until",
        "while c do ... end | A loop as long as a condition holds. | 3.3.4",
    ]

    private static let operators = [
        "a + b, a - b, a * b | Sum, difference, product; integers stay integers and wrap around. | 3.4.1 | +",
        "a - b, -a | Difference, negation. | 3.4.1 | -", "a * b | Product. | 3.4.1 | *",
        "a / b | Quotient, always a float. | 3.4.1 | /",
        "a // b | Quotient rounded towards minus infinity. | 3.4.1 | //",
        "a % b | Remainder of that quotient: the sign of b. | 3.4.1 | %",
        "a ^ b | Power, always a float; binds to the right. | 3.4.1 | ^",
        "a == b | Whether values are equal; tables and objects by identity unless __eq says otherwise. | 3.4.4 | ==",
        "a ~= b | Whether values differ. | 3.4.4 | ~=",
        "a < b, a <= b, a > b, a >= b | Order of numbers, and of strings. | 3.4.4 | <",
        "a .. b | Strings one after the other; numbers become strings. | 3.4.6 | ..",
        "#a | The length of a string in bytes, of a list in elements. | 3.4.7 | #",
        "a & b, a ~ b, ~a, a << b, a >> b | Bitwise operations of integers. | 3.4.2 | &",
        "... | The arguments of a function beyond those with names. | 3.4.11 | ...",
        "t.name, t[\"name\"] | A field of a table. | 3.2 | .",
        "t:name(a) | Calls t.name with t before the arguments. | 3.4.10 | :",
        "{1, 2, name = 3, [key] = 4} | A new table. | 3.4.9 | {",
        "-- text, --[[ text ]] | A comment. | 3.1 | --",
    ]
}
