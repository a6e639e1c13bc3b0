local log = {}
local mt = {}
for _, name in ipairs{"add", "sub", "mul", "div", "mod", "pow", "idiv", "band", "bor", "bxor", "shl", "shr", "concat", "eq", "lt", "le"} do
  mt["__" .. name] = function(a, b) log[#log + 1] = name return name == "eq" or name == "lt" end
end
mt.__unm = function() return "unm" end mt.__bnot = function() return "bnot" end mt.__len = function() return 42 end
mt.__call = function(self, ...) return "called", select("#", ...), ... end
mt.__tostring = function() return "object" end mt.__name = "Thing"
local a, b = setmetatable({}, mt), setmetatable({}, mt)
local _ = {a + 1, 1 - a, a * b, a / 2, a % 2, a ^ 2, a // 2, a & 1, 1 | a, a ~ b, a << 1, 1 >> a, a .. "x", "x" .. a, 1 .. a}
print(table.concat(log, " ")) print(-a, ~a, #a, a(1, nil), tostring(a), a == b, a ~= b, a < b, a <= b, a > b, a >= b, rawequal(a, b), rawlen(a))
local index = setmetatable({}, {__index = function(t, k) return k .. "!" end, __newindex = function(t, k, v) rawset(t, k, v * 2) end})
index.x = 21 print(index.x, index.y, rawget(index, "y"))
local chain = setmetatable({}, {__index = setmetatable({a = 1}, {__index = {b = 2}})}) print(chain.a, chain.b, chain.c)
local proxy = setmetatable({}, {__newindex = chain}) proxy.z = 5 print(rawget(proxy, "z"), chain.z)
local p = setmetatable({}, {__pairs = function(t) return function(_, k) if not k then return 1, "one" end end, t, nil end})
for k, v in pairs(p) do print(k, v) end
print(getmetatable("").__index == string, getmetatable(setmetatable({}, {__metatable = "locked"})), pcall(setmetatable, setmetatable({}, {__metatable = 1}), {}))
print(pcall(function() return a.x.y end), pcall(function() local t = setmetatable({}, {__index = function() error("deep") end}) return t.x end))
local loop = {} setmetatable(loop, {__index = loop}) print(pcall(function() return loop.x end))
print(tostring(setmetatable({}, {__name = "My.Type"})):match("^My.Type: ") ~= nil, pcall(tostring, setmetatable({}, {__tostring = function() return {} end})))
print(pcall(setmetatable, 1, {}), pcall(setmetatable, {}), (select(2, pcall(function() return setmetatable({}, {__name = "Q"}) + 1 end))))
print(setmetatable({}, {__eq = function() return true end}) == 1, setmetatable({}, {__lt = function() return 1 end}) < 1, setmetatable({}, {__concat = function(x, y) return y end}) .. "tail")
