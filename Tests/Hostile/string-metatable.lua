-- attack: change the methods of all strings
-- expect: cannot change a protected metatable
-- code: 1

local meta = getmetatable("")
if type(meta) == "table" then print("ESCAPED") end
setmetatable(string, {__index = function() print("ESCAPED") end})
