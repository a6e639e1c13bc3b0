-- attack: load bytecode in pieces
-- expect: attempt to load a binary chunk
-- code: 1

local pieces = {"\27", "Lua", ("\0"):rep(100)}
local chunk, message = load(function() return table.remove(pieces, 1) end, "x", "bt")
if chunk then print("ESCAPED") end
error(message)
