-- attack: write to the terminal itself
-- expect: permission was not granted
-- code: 5

local file = assert(io.open("/dev/tty", "w"))
file:write("\27[2J")
print("ESCAPED")
