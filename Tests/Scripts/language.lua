-- Lua itself: scripts are ordinary programs of Lua 5.4.
-- ARGS: first second
print(...)                                  -- CHECK: first	second
print(#arg, arg[0]:match("[^/]+$"))         -- CHECK: 2	language.lua
print(_VERSION, math.type(3 // 2))          -- CHECK: Lua 5.4	integer
local ok, message = pcall(error, "caught")
print(ok, message)                          -- CHECK: false	caught
local walk = coroutine.wrap(function() for i = 1, 2 do coroutine.yield(i) end end)
print(walk(), walk())                       -- CHECK: 1	2
io.stderr:write("to the side\n")            -- CHECKERR: to the side
