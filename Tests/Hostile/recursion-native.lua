-- attack: fill the stack of C
-- expect: stack overflow
-- code: 1

local function f() return (tostring(setmetatable({}, {__tostring = f}))) end
f()
