-- attack: fill the stack
-- expect: stack overflow
-- code: 1

local function f() return 1 + f() end
f()
