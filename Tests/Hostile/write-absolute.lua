-- attack: write a file outside
-- expect: permission was not granted
-- code: 5

local file = assert(io.open("@OUTSIDE@/canary.txt", "w"))
file:write("changed")
print("ESCAPED")
