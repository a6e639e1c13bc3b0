error(setmetatable({}, {__tostring = function() error("inside", 0) end}))
