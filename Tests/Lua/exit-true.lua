setmetatable({}, {__gc = function() print("not closed: not run") end})
print("true") os.exit(true)
