print("before")
local function inner() error("runtime failure") end
local function outer() inner() end
outer()
