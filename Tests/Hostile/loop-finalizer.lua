-- attack: go on in finalizers after the end
-- expect: no finalizer ran
-- code: 1

local meta = {__gc = function(o) print("ESCAPED"); while true do setmetatable({}, getmetatable(o)) end end}
for _ = 1, 100 do setmetatable({}, meta) end
collectgarbage()
collectgarbage()
setmetatable({}, meta)
error("no finalizer ran")
