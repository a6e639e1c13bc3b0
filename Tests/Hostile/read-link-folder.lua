-- attack: follow a link to a folder outside
-- expect: permission was not granted
-- code: 5

local file = assert(io.open("data/folder/canary.txt"))
print("ESCAPED", file:read("a"))
