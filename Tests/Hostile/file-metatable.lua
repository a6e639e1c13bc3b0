-- attack: change the methods of files
-- expect: bad argument #1 to 'setmetatable'
-- code: 1

local meta = getmetatable(io.stdout)
if type(meta) == "table" then print("ESCAPED") end
setmetatable(io.stdout, {})
