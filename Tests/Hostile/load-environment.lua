-- attack: find the library of the host in the environment of load
-- expect: io.popen is not available in a sandbox
-- code: 5

local io = load("return io")()
print("ESCAPED", io.popen("id"):read("a"))
