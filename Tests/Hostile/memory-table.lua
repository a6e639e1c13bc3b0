-- attack: fill a table
-- expect: resource limit: 64.0 MiB of memory
-- code: 6
-- options: --memory 64MiB

local t = {}
for i = 1, math.huge do t[i] = {i} end
