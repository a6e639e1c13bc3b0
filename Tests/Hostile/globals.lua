-- attack: give the host other globals
-- expect: evil global
-- code: 1

_ENV = setmetatable({}, {__index = _G, __newindex = function() end})
print = function() end
setmetatable(_G, {__index = function(_, name) error("evil global " .. name, 0) end})
tostring = nil
local _ = _G.nothing_of_this_name
