-- attack: follow a link out of a granted folder
-- expect: permission was not granted
-- code: 5

local file = assert(io.open("data/link"))
print("ESCAPED", file:read("a"))
