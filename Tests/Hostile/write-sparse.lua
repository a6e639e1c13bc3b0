-- attack: make a file larger than the disk
-- expect: resource limit: 4.0 GiB in one file
-- code: 6

local file = assert(io.open("out/huge", "w"))
file:seek("set", 1 << 40)
file:write("x")
file:close()
print("ESCAPED")
