-- attack: loop in C by table.insert with an invented length
-- expect: resource limit: 0.5 s of time
-- code: 6
-- options: --time 0.5

table.insert(setmetatable({}, {__len = function() return 1 << 52 end}), 1, true)
