-- what a message handler of the script's own makes of an error, and an error that passes through it
print(xpcall(function() error({}) end, function(e) return type(e) end))
print(xpcall(error, function() error("handler failed") end, "first"))
print(select("#", xpcall(function() return 1, nil, nil end, print)))
local ok, e = xpcall(function() return pcall(error, "inner") end, function(m) return "outer " .. m end) print(ok, e)
xpcall(function() error("x") end, function(m) print(m) os.exit(9) end)
