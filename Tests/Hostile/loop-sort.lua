-- attack: sort with an order that is none and never ends
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

local t = {}
for i = 1, 100 do t[i] = i end
while true do pcall(table.sort, t, function(a, b) return a ~= b end) end
