-- attack: read a file outside through ".."
-- expect: permission was not granted
-- code: 5

local file = assert(io.open("data/../../outside/canary.txt"))
print("ESCAPED", file:read("a"))
