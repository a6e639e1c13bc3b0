-- attack: loop in __close while an error passes
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

local function last() return setmetatable({}, {__close = function() while true do end end}) end
while true do pcall(function() local x <close> = last(); local y <close> = last(); error("x") end) end
