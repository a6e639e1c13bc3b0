local function guard(name) return setmetatable({}, {__close = function(_, e) print("close " .. name, e) end}) end
do local a <close> = guard("a") local b <close> = guard("b") print("body") end
print(pcall(function() local a <close> = guard("err") error("oops", 0) end)) print((function() local a <close> = guard("ret") return "value" end)())
for i = 1, 2 do local c <close> = guard("loop" .. i) if i == 1 then goto continue end print("second") ::continue:: end
for k in (function(_, i) i = (i or 0) + 1 if i <= 2 then return i end end), nil, nil, guard("iterator") do print("k", k) end
do local n <close> = nil local f <close> = false end print(pcall(function() local x <close> = 42 end))
print(pcall(function() local a <close> = setmetatable({}, {__close = function(_, e) error("second after " .. tostring(e), 0) end}) error("first", 0) end))
local order = {} for i = 1, 3 do setmetatable({}, {__gc = function() order[#order + 1] = i end}) end collectgarbage() collectgarbage() print(table.concat(order, " "))
local weak = setmetatable({}, {__mode = "v"}) weak[1] = {} weak[2] = "string" weak.x = print collectgarbage() print(weak[1], weak[2], weak.x == print)
local keys = setmetatable({}, {__mode = "k"}) do keys[{}] = 1 keys.s = 2 end collectgarbage() local n = 0 for _ in pairs(keys) do n = n + 1 end print(n)
local e = setmetatable({}, {__mode = "k"}) do local k = {} e[k] = {k} end collectgarbage() print(next(e))
local r resurrected = setmetatable({}, {__gc = function(o) r = o end}) resurrected = nil collectgarbage() print(type(r))
print(collectgarbage("isrunning"), collectgarbage("stop"), collectgarbage("isrunning"), collectgarbage("restart"), type(collectgarbage("count")))
print(collectgarbage("incremental"), collectgarbage("generational"), collectgarbage("incremental", 100, 200, 10), collectgarbage("generational"), pcall(collectgarbage, "nonsense"), collectgarbage())
setmetatable({}, {__gc = function() print("at exit 1") end}) kept = setmetatable({}, {__gc = function() print("at exit 2") end}) setmetatable({}, {__gc = true})
