local t = setmetatable({}, {__gc = function() print("collected at exit") end})
error()
