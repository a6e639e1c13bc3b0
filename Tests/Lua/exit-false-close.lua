local a <close> = setmetatable({}, {__close = function() print("closed by exit") end})
kept = setmetatable({}, {__gc = function() print("collected by exit") end})
coroutine.wrap(function() os.exit(false, true) end)()
