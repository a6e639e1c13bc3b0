warn("not shown") warn("@on") io.stdout:write("out\n") warn("shown") warn("in ", "pieces ", "joined") warn("@unknown") warn("@off") warn("hidden") print(pcall(warn), pcall(warn, {}), pcall(warn, "x", nil)) warn("@on")
setmetatable({}, {__gc = function() error("in finalizer", 0) end}) collectgarbage() print("done")
