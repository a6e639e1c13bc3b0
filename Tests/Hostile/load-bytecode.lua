-- attack: load bytecode
-- expect: attempt to load a binary chunk
-- code: 1

local chunk, message = load("\27Lua\x54\0\x19\x93\r\n\x1a\n" .. ("\0"):rep(200), "x", "b")
if chunk then print("ESCAPED") end
error(message)
