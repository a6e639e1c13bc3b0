-- attack: read a file outside by its absolute path
-- expect: permission was not granted
-- code: 5

local file = assert(io.open("@OUTSIDE@/canary.txt"))
print("ESCAPED", file:read("a"))
