-- attack: read a file of the own folder that was not granted
-- expect: permission was not granted
-- code: 5

local file = assert(io.open("private.txt"))
print("ESCAPED", file:read("a"))
