local function deep(n) return 1 + deep(n + 1) end
local ok, message = pcall(deep, 1) print(ok, message:match("^[^\n]*"):match("stack overflow"))
local function mutual(t) return setmetatable(t, {__index = function(s, k) return s[k .. "x"] end}) end
local ok2, m2 = pcall(function() return mutual({}).a end) print(ok2, m2:match("C stack overflow") or m2:match("stack overflow"))
print(select(2, pcall(string.gsub, "x", ("(x)"):rep(33), ""))) local s = ("("):rep(300) .. "1" .. (")"):rep(300) print((select(2, load("return " .. s)):match("^[^\n]*")))
local t = {} for i = 1, 190 do t = {t} end print(type(t)) print(#table.pack(pcall(load, "return " .. ("-"):rep(150) .. "1")))
local function g() return pcall(g) end print(g()) local function h(n) if n == 0 then return 0 end return 1 + h(n - 1) end print(h(10000))
print(pcall(string.rep, "abc", 1 << 40)) print(select(2, pcall(table.concat, setmetatable({}, {__len = function() return math.maxinteger end}))))
print(select(2, xpcall(deep, function(m) return (m:gsub("^.-:%d+: ", ""):match("^[^\n(]*")) end, 1)))
error(("x"):rep(20, " long "))
